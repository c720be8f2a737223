import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { createMailer, MessageRefused } from './mail.ts'
import type { Message } from './world.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const message: Message = {
  id: 'f00d',
  poolId: 'local_dev',
  channel: 'email',
  kind: 'SignUp',
  to: 'ada@example.com',
  subject: 'Your verification code',
  text: 'Your confirmation code is 493027',
  html: 'Your confirmation code is <b>493027</b>',
  createdAt: 1_800_000_000_000,
}

interface Letter {
  readonly from: string
  readonly to: readonly string[]
  readonly body: string
}

/** A real SMTP server that answers a recipient with the given reply code. */
async function smtpServer(answer?: number) {
  const letters: Letter[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, done) {
      done(answer === undefined ? null : Object.assign(new Error('no'), { responseCode: answer }))
    },
    onData(stream, session, done) {
      void text(stream).then((body) => {
        const { mailFrom, rcptTo } = session.envelope
        letters.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), body })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const mailer = createMailer(`smtp://127.0.0.1:${port}`, 'Shop <no-reply@shop.example>')
  stops.push(
    () => server.close(() => {}),
    () => mailer.close(),
  )
  return { letters, mailer }
}

test('a message arrives once, with text and HTML', async () => {
  const { letters, mailer } = await smtpServer()
  await mailer.send(message)
  expect(letters).toMatchObject([{ from: 'no-reply@shop.example', to: ['ada@example.com'] }])
  const { body = '' } = letters[0] ?? {}
  for (const part of ['From: Shop <no-reply@shop.example>', 'To: ada@example.com', 'Subject: Your verification code'])
    expect(body).toContain(part)
  expect(body).toContain('Message-ID: <f00d@shop.example>')
  expect(body).toContain('Your confirmation code is 493027')
  expect(body).toContain('Your confirmation code is <b>493027</b>')
})

test('the pool names the sender', async () => {
  const { letters, mailer } = await smtpServer()
  await mailer.send({ ...message, from: 'hello@pool.example' })
  expect(letters).toMatchObject([{ from: 'hello@pool.example' }])
})

// biome-ignore format: a table
const answers: [title: string, code: number, refused: boolean][] = [
  ['421 may pass',              421, false],
  ['450 may pass',              450, false],
  ['550 is for ever',           550, true],
]

for (const [title, code, refused] of answers)
  test(title, async () => {
    const { letters, mailer } = await smtpServer(code)
    const error = await mailer.send(message).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error instanceof MessageRefused).toBe(refused)
    expect(letters).toEqual([])
  })

test('a server that is down may come back', async () => {
  const mailer = createMailer('smtp://127.0.0.1:1', 'a@example.com')
  const error = await mailer.send(message).catch((thrown: unknown) => thrown)
  expect(error).not.toBeInstanceOf(MessageRefused)
  mailer.close()
})

// biome-ignore format: a table
const hostile: [title: string, change: Partial<Message>][] = [
  ['a line break in the subject',   { subject: 'Hi\r\nBcc: eve@example.com' }],
  ['a bare line feed in it',        { subject: 'Hi\nBcc: eve@example.com' }],
  ['a line break in the recipient', { to: 'ada@example.com\r\nRCPT TO:<eve@example.com>' }],
  ['a line break in the sender',    { from: 'a@example.com\r\nBcc: eve@example.com' }],
  ['two recipients',                { to: 'ada@example.com,eve@example.com' }],
  ['a group of recipients',         { to: 'all:ada@example.com,eve@example.com;' }],
  ['a recipient in brackets',       { to: '<ada@example.com>' }],
  ['no recipient',                  { to: '' }],
]

for (const [title, change] of hostile)
  test(`${title} is refused`, async () => {
    const { letters, mailer } = await smtpServer()
    await expect(mailer.send({ ...message, ...change })).rejects.toBeInstanceOf(MessageRefused)
    expect(letters).toEqual([])
  })
