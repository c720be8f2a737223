import type { CreateUserPoolRequest } from '@poolhouse/api'
import { describe, expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { findLanguage } from '../languages/languages.ts'
import { makeClient } from '../settings/clients.ts'
import { changePool, makePool } from '../settings/pools.ts'
import type { Db } from '../store/db.ts'
import { insertMessage, listMessages } from '../store/outbox.ts'
import type { User } from '../store/users.ts'
import { type TestWorld, testWorld } from '../world/test.ts'
import { composeCode, type MessageKind } from './messages.ts'
import { migrateUser } from './migrate.ts'
import { deliverWaiting } from './outbox.ts'
import { newUser, type Party, register } from './register.ts'
import { findUserByAnyName } from './usernames.ts'

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const senders: CreateUserPoolRequest['LambdaConfig'] = {
  CustomEmailSender: { LambdaArn: arn('mail'), LambdaVersion: 'V1_0' },
  CustomSMSSender: { LambdaArn: arn('text'), LambdaVersion: 'V1_0' },
  KMSKeyID: 'arn:aws:kms:eu-west-1:000000000000:key/one',
}
const addresses = { email: 'ada@example.com', phone_number: '+493012345' }

const sealed = (code: string, context: object) => Buffer.from(JSON.stringify({ code, context })).toString('base64')

async function setUp(db: Db, pool: Partial<CreateUserPoolRequest>) {
  // Readable, to see what is encrypted and for whom; the cipher has tests of its own.
  const world: TestWorld = { ...testWorld(), encryptCode: sealed }
  const made = await makePool(db, world, 'eu-west-1', { PoolName: 'p', ...pool })
  const party: Party = { pool: made, client: await makeClient(db, world, made, { ClientName: 'c' }) }
  const user = newUser(world, made, { id: 'sub-ada', username: 'ada' }, addresses, { status: 'CONFIRMED' })
  return { world, party, user }
}

/** Composes a message and delivers it. */
async function send(db: Db, world: TestWorld, party: Party, user: User, kind: MessageKind, sms: boolean) {
  const address = sms
    ? ({ attribute: 'phone_number', value: '+49999' } as const)
    : ({ attribute: 'email', value: 'new@example.com' } as const)
  await insertMessage(
    db,
    world,
    await composeCode(world, party, user, address, kind, '123456', { metadata: { a: 'b' } }),
  )
  await deliverWaiting(db, world)
}

eachStore('custom senders', (open) => {
  // biome-ignore format: a table
  const rows: [kind: MessageKind, sms: boolean, source: string, type: string][] = [
    ['SignUp',              false, 'CustomEmailSender_SignUp',            'customEmailSenderRequestV1'],
    ['ResendCode',          true,  'CustomSMSSender_ResendCode',          'customSMSSenderRequestV1'],
    ['ForgotPassword',      false, 'CustomEmailSender_ForgotPassword',    'customEmailSenderRequestV1'],
    ['AdminCreateUser',     true,  'CustomSMSSender_AdminCreateUser',     'customSMSSenderRequestV1'],
    ['UpdateUserAttribute', false, 'CustomEmailSender_UpdateUserAttribute', 'customEmailSenderRequestV1'],
    ['VerifyUserAttribute', true,  'CustomSMSSender_VerifyUserAttribute', 'customSMSSenderRequestV1'],
    ['Authentication',      false, 'CustomEmailSender_Authentication',    'customEmailSenderRequestV1'],
  ]
  for (const [kind, sms, source, type] of rows)
    test(`${source}: the function is handed the encrypted code in the message’s stead`, async () => {
      const db = await open()
      const { world, party, user } = await setUp(db, { LambdaConfig: senders })
      world.triggers[sms ? 'text' : 'mail'] = (event) => event
      await send(db, world, party, user, kind, sms)
      expect(world.sent).toEqual([])
      expect(world.fired).toHaveLength(1)
      expect(world.fired[0]).toMatchObject({
        arn: arn(sms ? 'text' : 'mail'),
        event: {
          version: '1',
          triggerSource: source,
          region: 'eu-west-1',
          userPoolId: party.pool.id,
          userName: 'ada',
          callerContext: { clientId: party.client.id },
          request: {
            type,
            code: sealed('123456', { 'userpool-id': party.pool.id }),
            clientMetadata: { a: 'b' },
            // The address that is written to, also where it is not the user's yet.
            userAttributes: {
              sub: 'sub-ada',
              ...addresses,
              ...(sms ? { phone_number: '+49999' } : { email: 'new@example.com' }),
            },
          },
        },
      })
      expect(JSON.stringify(world.fired)).not.toContain('123456')
      expect(await listMessages(db, world, {}, 10)).toMatchObject([{ code: '123456', sentAt: world.now() }])
    })

  test('a function that fails is asked again later, and who signs up does not learn of it', async () => {
    const db = await open()
    const { world, party } = await setUp(db, { LambdaConfig: senders, AutoVerifiedAttributes: ['email'] })
    let calls = 0
    world.triggers.mail = (event) => {
      if (++calls < 3) throw new Error('busy')
      return event
    }
    await register(db, world, party, {
      username: 'ada',
      password: 'Correct-Horse-1',
      attributes: { email: 'ada@example.com' },
    })
    for (const [wait, expected] of [[0, 0], [1, 0], [15_000, 0], [30_000, 1]] as const) {
      world.tick(wait)
      expect(await deliverWaiting(db, world)).toBe(expected)
    } // biome-ignore format: a table
    expect(calls).toBe(3)
    expect(world.sent).toEqual([])
  })

  test('a channel without a sender, and a pool that has none any more, use the mail server', async () => {
    const db = await open()
    const { world, party, user } = await setUp(db, { LambdaConfig: { ...senders, CustomEmailSender: undefined } })
    await send(db, world, party, user, 'SignUp', false)
    expect(world.sent).toHaveLength(1)
    const address = { attribute: 'phone_number', value: '+49999' } as const
    await insertMessage(db, world, await composeCode(world, party, user, address, 'SignUp', '123456'))
    await changePool(db, world, party.pool, {})
    await deliverWaiting(db, world)
    expect(world.sent).toHaveLength(2)
    expect(world.fired).toEqual([])
  })

  test('CustomMessage of an authentication code; AWS’s words without it', async () => {
    const db = await open()
    const { world, party, user } = await setUp(db, { LambdaConfig: { CustomMessage: arn('words') } })
    world.triggers.words = (event: { request: { codeParameter: string }; response: object }) => ({
      ...event,
      response: { emailSubject: 'In', emailMessage: `<b>${event.request.codeParameter}</b>` },
    })
    await send(db, world, party, user, 'Authentication', false)
    expect(world.sent[0]).toMatchObject({ subject: 'In', text: '123456', html: '<b>123456</b>' })
    expect(world.fired[0]?.event.triggerSource).toBe('CustomMessage_Authentication')
    const other = await open()
    const bare = await setUp(other, { SmsAuthenticationMessage: 'Use {####}' })
    await send(other, bare.world, bare.party, bare.user, 'Authentication', false)
    await send(other, bare.world, bare.party, bare.user, 'Authentication', true)
    expect(bare.world.sent).toMatchObject([
      { subject: 'Your authentication code', text: expect.stringMatching(/^Your authentication code is 123456\n/) },
      { text: 'Use 123456' },
    ])
  })

  test('the user’s language, else that of the page that asked; the pool’s own words stay as they are', async () => {
    const db = await open()
    const { world, party, user } = await setUp(db, {})
    const address = { attribute: 'email', value: 'a@example.com' } as const
    const to = { ...user, attributes: { ...user.attributes, locale: 'de-AT' } }
    const asked = { ...party, language: findLanguage('fr') }
    const own = await composeCode(world, asked, to, address, 'SignUp', '123456')
    expect(own.text).toMatch(/^Ihr Bestätigungscode lautet 123456\n/)
    expect(own).toMatchObject({ subject: 'Ihr Bestätigungscode', html: expect.stringContaining('<html lang="de"') })
    expect((await composeCode(world, asked, user, address, 'SignUp', '123456')).subject).toBe(
      'Votre code de vérification',
    )
    const phone = { attribute: 'phone_number', value: '+49999' } as const
    const sms = await composeCode(world, party, to, phone, 'ForgotPassword', '123456')
    expect(sms.text).toBe('Ihr Code zum Zurücksetzen des Passworts lautet 123456')
    expect(sms.html).toBeUndefined()
    const styled = await setUp(await open(), { EmailVerificationMessage: '<p>Code {####}</p>' })
    expect(await composeCode(styled.world, styled.party, to, address, 'SignUp', '123456')).toMatchObject({
      subject: 'Your verification code',
      text: 'Code 123456',
      html: '<p>Code 123456</p>',
    })
  })

  test('what is filled in is never read as a template or as HTML', async () => {
    const db = await open()
    const { world, party, user } = await setUp(db, {
      AdminCreateUserConfig: { InviteMessageTemplate: { EmailMessage: '<i>{username}</i> {####}' } },
    })
    const odd = { ...user, username: '<b>{####}</b>' }
    const address = { attribute: 'email', value: 'a@example.com' } as const
    const message = await composeCode(world, party, odd, address, 'AdminCreateUser', 'pass&{username}')
    expect(message.text).toBe('<b>{####}</b> pass&{username}')
    expect(message.html).toBe('<i>&#60;b&#62;{####}&#60;/b&#62;</i> pass&#38;{username}')
  })
})

eachStore('moving in at sign-in', (open) => {
  const request = { source: 'UserMigration_Authentication', username: 'ada', password: 'Old-Horse-1' } as const
  const migrating = { LambdaConfig: { UserMigration: arn('old') } }

  test('the function sees the password; the user is stored with what is made of it', async () => {
    const db = await open()
    const { world, party } = await setUp(db, migrating)
    world.triggers.old = (event: object) => ({
      ...event,
      response: {
        userAttributes: { email: 'ada@example.com' },
        finalUserStatus: 'CONFIRMED',
        messageAction: 'SUPPRESS',
      },
    })
    const seen: string[] = []
    const user = await migrateUser(
      db,
      world,
      party,
      { ...request, validationData: { v: '1' } },
      async ({ username }) => ({
        passwordHash: `hash of ${username}`,
        also: async (inner, { id }) => {
          seen.push(`${inner.isTransaction} ${id.length}`)
        },
      }),
    )
    expect(user).toMatchObject({
      username: 'ada',
      status: 'CONFIRMED',
      passwordHash: 'hash of ada',
      attributes: { email_verified: 'false' },
    })
    expect(await findUserByAnyName(db, party.pool, 'ada')).toEqual(user)
    expect(seen).toEqual(['true 36'])
    expect(world.fired[0]?.event).toMatchObject({
      triggerSource: 'UserMigration_Authentication',
      userName: 'ada',
      request: { password: 'Old-Horse-1', validationData: { v: '1' } },
    })
  })

  test('the name may come from the old directory; an alias that is taken moves only when told', async () => {
    const db = await open()
    const { world, party } = await setUp(db, { ...migrating, AliasAttributes: ['email'] })
    let forceAliasCreation = false
    const names = ['first', 'second', 'third']
    world.triggers.old = (event: object) => ({
      ...event,
      response: {
        userAttributes: { username: names.shift() ?? '', email: 'ada@example.com', email_verified: true },
        forceAliasCreation,
      },
    })
    const byAddress = { ...request, username: 'ada@example.com' }
    expect(await migrateUser(db, world, party, byAddress)).toMatchObject({
      username: 'first',
      status: 'RESET_REQUIRED',
    })
    await expect(migrateUser(db, world, party, { ...byAddress, username: 'other' })).rejects.toMatchObject({
      code: 'UserNotFound',
    })
    forceAliasCreation = true
    expect(await migrateUser(db, world, party, { ...byAddress, username: 'other' })).toMatchObject({
      username: 'third',
    })
    expect((await findUserByAnyName(db, party.pool, 'ada@example.com'))?.username).toBe('third')
  })

  describe('nobody moves in', () => {
    // biome-ignore format: a table
    const rows: [what: string, response: object][] = [
      ['without attributes',         {}],
      ['without the required ones',  { userAttributes: { nickname: 'A' } }],
      ['with an attribute of ours',  { userAttributes: { given_name: 'Ada', sub: 'x' } }],
      ['with a name of an address',  { userAttributes: { given_name: 'Ada', username: 'a@b' } }],
    ]
    for (const [what, response] of rows)
      test(what, async () => {
        const db = await open()
        const { world, party } = await setUp(db, {
          ...migrating,
          AliasAttributes: ['email'],
          Schema: [{ Name: 'given_name', Required: true, Mutable: true }],
        })
        world.triggers.old = (event: object) => ({ ...event, response })
        const hiding = {
          ...party,
          client: {
            ...party.client,
            settings: { ...party.client.settings, PreventUserExistenceErrors: 'ENABLED' as const },
          },
        }
        expect(await migrateUser(db, world, hiding, request)).toBeUndefined()
        expect(await findUserByAnyName(db, party.pool, 'ada')).toBeUndefined()
      })
  })
})
