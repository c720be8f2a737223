import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { expect, test } from 'vitest'
import { addClient, type House, newVisitor } from './hosted.ts'
import { eachServer, type InboxMessage } from './server.ts'

// Confirmation by a link: what the message says, that looking does nothing, and that a click confirms once.
eachServer('the confirmation link', (server) => {
  let pools = 0
  async function setUp(existence: 'ENABLED' | 'LEGACY' = 'ENABLED', domain = true) {
    const { api, url } = server()
    const { UserPool } = await api.send(
      new CreateUserPoolCommand({
        PoolName: 'links',
        AutoVerifiedAttributes: ['email'],
        VerificationMessageTemplate: {
          DefaultEmailOption: 'CONFIRM_WITH_LINK',
          EmailSubjectByLink: 'Welcome',
          EmailMessageByLink: '<p>Hello, please {##click <b>here</b>##} now.</p>',
        },
      }),
    )
    const poolId = UserPool?.Id ?? ''
    const Domain = `links-${++pools}`
    if (domain) await api.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId: poolId }))
    const house: House = {
      server: server(),
      poolId,
      domain: `${url}/domains/${Domain}`,
      issuer: '',
      username: '',
      password: '',
      email: '',
    }
    const client = (await addClient(house, { PreventUserExistenceErrors: existence })).id
    const to = `ada-${pools}@example.com`
    await api.send(
      new SignUpCommand({
        ClientId: client,
        Username: 'ada',
        Password: 'Correct-Horse-1',
        UserAttributes: [{ Name: 'email', Value: to }],
      }),
    )
    return { house, client, to, domain: house.domain }
  }
  async function newest(
    to: string,
    kind: string,
  ): Promise<InboxMessage & { link?: string; html?: string; subject?: string }> {
    const found = await fetch(`${server().url}/inbox/messages?${new URLSearchParams({ to, kind, wait: '5s' })}`)
    const [message] = (await found.json()) as InboxMessage[]
    if (!message) throw new Error(`no ${kind} message for ${to}`)
    return message
  }
  const userOf = ({ house }: { house: House }) =>
    server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: 'ada' }))

  test('the message has a link of AWS’s form in the words of the template', async () => {
    const { to, client, domain } = await setUp()
    const message = await newest(to, 'SignUp')
    const link = new URL(message.link ?? '')
    expect(`${link.origin}${link.pathname}`).toBe(`${domain}/confirmUser`)
    expect(Object.fromEntries(link.searchParams)).toEqual({
      client_id: client,
      user_name: 'ada',
      confirmation_code: expect.stringMatching(/^\d{6}$/),
    })
    expect(message.subject).toBe('Welcome')
    expect(message.text).toBe(`Hello, please click here: ${link.href} now.`)
    expect(message.html).toBe(
      `<p>Hello, please <a href="${link.href.replaceAll('&', '&#38;')}">click <b>here</b></a> now.</p>`,
    )
  })

  test('looking at the page changes nothing, however often; the button confirms and verifies', async () => {
    const set = await setUp()
    const { link = '' } = await newest(set.to, 'SignUp')
    const before = await server().rows()
    for (let look = 0; look < 20; look++) {
      const page = await fetch(link)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('<form method="post"')
    }
    expect((await fetch(link.replace('/confirmUser', '/confirmUser/'))).status).toBe(200)
    expect(await server().rows()).toEqual(before)
    expect((await userOf(set)).UserStatus).toBe('UNCONFIRMED')

    const visitor = newVisitor()
    await visitor.get(link)
    const done = await visitor.submit({})
    expect(done.status).toBe(200)
    expect(await done.text()).toContain('Your account is confirmed')
    const user = await userOf(set)
    expect(user.UserStatus).toBe('CONFIRMED')
    expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' })
  })

  for (const existence of ['ENABLED', 'LEGACY'] as const)
    test(`a used link, an old link and a wrong one say so plainly (${existence})`, async () => {
      const set = await setUp(existence)
      const old = (await newest(set.to, 'SignUp')).link ?? ''
      await server().api.send(new ResendConfirmationCodeCommand({ ClientId: set.client, Username: 'ada' }))
      const link = (await newest(set.to, 'ResendCode')).link ?? ''
      const click = async (address: string) => {
        const visitor = newVisitor()
        const page = await visitor.get(address)
        const answer = page.status === 200 ? await visitor.submit({}) : page
        return { status: answer.status, text: await answer.text() }
      }
      expect(await click(old)).toMatchObject({ status: 400, text: expect.stringContaining('does not work any more') })
      expect(await click(link.replace('user_name=ada', 'user_name=nobody'))).toMatchObject({ status: 400 })
      expect((await userOf(set)).UserStatus).toBe('UNCONFIRMED')
      expect(await click(link)).toMatchObject({ status: 200 })
      const used = await click(link)
      expect(used.status).toBe(400)
      expect(used.text).toMatch(/does not work any more|confirmed already/)
      for (const broken of [
        link.replace(/confirmation_code=\d+/, ''),
        link.replace(/user_name=ada/, ''),
        link.replace(/client_id=\w+/, 'client_id=unknown'),
      ])
        expect(await click(broken)).toMatchObject({
          status: 400,
          text: expect.stringContaining('This link does not work'),
        })
    })

  test('a form that did not come from the page does nothing', async () => {
    const set = await setUp()
    const { link = '' } = await newest(set.to, 'SignUp')
    const blind = await fetch(link, { method: 'POST', body: new URLSearchParams({ _csrf: 'x' }) })
    expect(blind.status).toBe(403)
    const elsewhere = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({}),
      headers: { origin: 'https://evil.example' },
    })
    expect(elsewhere.status).toBe(403)
    expect((await userOf(set)).UserStatus).toBe('UNCONFIRMED')
  })

  test('a name is escaped on the page and in the link', async () => {
    const set = await setUp()
    const page = await fetch(
      `${set.domain}/confirmUser?${new URLSearchParams({ client_id: set.client, user_name: '<img src=x>', confirmation_code: '1' })}`,
    )
    expect(await page.text()).not.toContain('<img src=x>')
  })

  test('without a domain the message has a code, which confirms', async () => {
    const { to, client } = await setUp('ENABLED', false)
    const message = await newest(to, 'SignUp')
    expect(message.link).toBeUndefined()
    expect(message.text).toMatch(`Your confirmation code is ${message.code}\n`)
    await server().api.send(
      new ConfirmSignUpCommand({ ClientId: client, Username: 'ada', ConfirmationCode: message.code ?? '' }),
    )
  })
})
