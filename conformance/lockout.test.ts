import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { expect, test } from 'vitest'
import { addClient, callback, type House, newVisitor } from './hosted.ts'
import { eachServer } from './server.ts'

// Guessing passwords: counted by account over every name and door, reserved before the hash, as AWS's curve says.
const password = 'Correct-Horse-1'

eachServer('lockout', (server) => {
  let houses = 0

  async function setUp(): Promise<{ house: House; ClientId: string }> {
    const { api, url } = server()
    const { UserPool } = await api.send(
      new CreateUserPoolCommand({
        PoolName: 'lockout',
        AliasAttributes: ['email', 'phone_number', 'preferred_username'],
      }),
    )
    const poolId = UserPool?.Id ?? ''
    const Domain = `lockout-${++houses}`
    await api.send(new CreateUserPoolDomainCommand({ UserPoolId: poolId, Domain }))
    const UserAttributes = [
      { Name: 'email', Value: 'ada@example.com' },
      { Name: 'email_verified', Value: 'true' },
      { Name: 'phone_number', Value: '+441632960001' },
      { Name: 'phone_number_verified', Value: 'true' },
      { Name: 'preferred_username', Value: 'countess' },
    ]
    const user = { UserPoolId: poolId, Username: 'ada' }
    await api.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }))
    await api.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
    const domain = `${url}/domains/${Domain}`
    const house = { server: server(), poolId, domain, issuer: '', username: 'ada', password, email: '' }
    return { house, ClientId: (await addClient(house)).id }
  }

  const signIn = (ClientId: string, USERNAME: string, PASSWORD: string): Promise<string> =>
    server()
      .api.send(
        new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
      )
      .then(
        () => 'signed in',
        (error: Error) => error.message,
      )

  const wrong = 'Incorrect username or password.'
  const locked = 'Password attempts exceeded'
  const names = ['ada', 'ada@example.com', '+441632960001', 'countess', 'ADA']

  test('a hundred parallel guesses over five names and two doors: five are looked at', async () => {
    const { house, ClientId } = await setUp()
    const query = new URLSearchParams({ client_id: ClientId, response_type: 'code', redirect_uri: callback })
    const onPage = async (username: string) => {
      const visitor = newVisitor()
      await visitor.get(`${house.domain}/login?${query}`)
      const text = await (await visitor.submit({ username, password: 'Guess-Horse-1' })).text()
      return /attempts/i.test(text) ? locked : wrong
    }
    const guesses = Array.from({ length: 100 }, (_, index) => {
      const name = names[index % names.length] ?? 'ada'
      return index % 10 === 0 ? onPage(name) : signIn(ClientId, name, `Guess-Horse-${index}`)
    })
    const answers = await Promise.all(guesses)
    expect(answers.filter((answer) => answer === wrong)).toHaveLength(5)
    expect(answers.filter((answer) => answer === locked)).toHaveLength(95)
    expect(await signIn(ClientId, 'ada', password)).toBe(locked)
  })

  test('the wait ends, a success forgets, and honest sign-ins at once do not lock', async () => {
    const { ClientId } = await setUp()
    for (let failure = 1; failure <= 5; failure++) expect(await signIn(ClientId, 'ada', 'Guess-Horse-1')).toBe(wrong)
    expect(await signIn(ClientId, 'countess', password)).toBe(locked)
    server().tick(1_000)
    expect(await signIn(ClientId, 'countess', password)).toBe('signed in')
    const honest = await Promise.all(Array.from({ length: 12 }, () => signIn(ClientId, 'ada', password)))
    expect(new Set(honest)).toEqual(new Set(['signed in']))
  })

  test('a name that nobody has locks alike', async () => {
    const { ClientId } = await setUp()
    const answers: string[] = []
    for (let failure = 1; failure <= 7; failure++) answers.push(await signIn(ClientId, 'nobody', 'Guess-Horse-1'))
    expect(answers).toEqual([wrong, wrong, wrong, wrong, wrong, locked, locked])
  })
})
