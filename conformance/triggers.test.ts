import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, expect, test } from 'vitest'
import { addClient, type House, newVisitor } from './hosted.ts'
import { eachServer } from './server.ts'

// Functions as the article writes them, run as triggers: what they decide, and that their faults leave nothing behind.
const functions = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
const sources: Readonly<Record<string, string>> = {
  'auto-confirm.js': `module.exports.handler = async (event) => {
    event.response.autoConfirmUser = true
    event.response.autoVerifyEmail = Boolean(event.request.userAttributes.email)
    return event
  }`,
  'callback.cjs': `exports.handler = (event, context, callback) => {
    event.response.autoConfirmUser = event.request.validationData.invite === 'yes'
    callback(null, event)
  }`,
  'typed.ts': `interface Event { response: { autoConfirmUser: boolean } }
  export const handler = async (event: Event): Promise<Event> => {
    event.response.autoConfirmUser = true
    return event
  }`,
  'refuse.mjs': `export const handler = async (event) => { throw new Error('Only for ' + event.userPoolId.slice(0, 2)) }`,
  'crash.js': 'exports.handler = async () => process.exit(1)',
  'hang.js': 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))',
  'garbage.js': `exports.handler = async () => 'not an event'`,
  'wrong-type.js': `exports.handler = async (event) => ({ ...event, response: { autoConfirmUser: 'yes' } })`,
  'after.js': `exports.handler = async (event) => {
    if (event.request.userAttributes['cognito:user_status'] !== 'CONFIRMED') throw new Error('not confirmed yet')
    if (event.userName === 'trouble') throw new Error('No room')
    return event
  }`,
}
for (const [name, source] of Object.entries(sources)) writeFileSync(join(functions, name), source)

/** A function behind an address: confirms whoever is not eve. */
const webhook = createServer(async (request, response) => {
  const event = (await json(request)) as { userName: string; response: object }
  if (event.userName === 'eve') response.writeHead(400).end(JSON.stringify({ errorMessage: 'Not eve' }))
  else response.end(JSON.stringify({ ...event, response: { ...event.response, autoConfirmUser: true } }))
})
await new Promise<void>((done) => webhook.listen(0, '127.0.0.1', done))
afterAll(() => {
  webhook.closeAllConnections()
  webhook.close()
})
const functionUrls = { elsewhere: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/` }

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const password = 'Correct-Horse-1'

eachServer(
  'triggers',
  (server) => {
    let pools = 0
    async function poolWith(LambdaConfig: LambdaConfigType): Promise<{ house: House; client: string }> {
      const { UserPool } = await server().api.send(
        new CreateUserPoolCommand({ PoolName: 'triggers', AutoVerifiedAttributes: ['email'], LambdaConfig }),
      )
      const poolId = UserPool?.Id ?? ''
      const Domain = `triggers-${++pools}`
      await server().api.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId: poolId }))
      const domain = `${server().url}/domains/${Domain}`
      const house = { server: server(), poolId, domain, issuer: '', username: '', password, email: '' }
      return { house, client: (await addClient(house)).id }
    }

    const signUp = (ClientId: string, Username: string, validation: Record<string, string> = {}) =>
      server().api.send(
        new SignUpCommand({
          ClientId,
          Username,
          Password: password,
          UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
          ValidationData: Object.entries(validation).map(([Name, Value]) => ({ Name, Value })),
        }),
      )
    const signIn = (ClientId: string, USERNAME: string) =>
      server().api.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: password },
        }),
      )

    test('PreSignUp confirms and verifies: the user signs in at once, and no code is sent', async () => {
      const { house, client } = await poolWith({ PreSignUp: arn('auto-confirm') })
      expect(await signUp(client, 'ada')).toMatchObject({ UserConfirmed: true })
      expect((await signIn(client, 'ada')).AuthenticationResult?.AccessToken).toBeDefined()
      const user = await server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: 'ada' }))
      expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' })
      const sent = (await (await fetch(`${server().url}/inbox/messages?to=ada@example.com`)).json()) as unknown[]
      expect(sent).toEqual([])
    })

    test('a function behind an address, and what went out is shown in development', async () => {
      const { house, client } = await poolWith({ PreSignUp: arn('elsewhere'), PostConfirmation: arn('elsewhere') })
      expect(await signUp(client, 'ada')).toMatchObject({ UserConfirmed: true })
      const call = signUp(client, 'eve')
      await expect(call).rejects.toMatchObject({
        name: 'UserLambdaValidationException',
        message: 'PreSignUp failed with error Not eve.',
      })
      const found = await fetch(`${server().url}/inbox/triggers.json?poolId=${house.poolId}&wait=5s`)
      expect(await found.json()).toMatchObject([
        { source: 'PreSignUp_SignUp', event: { userName: 'eve' }, error: { name: 'UserLambdaValidationException' } },
        { source: 'PostConfirmation_ConfirmSignUp', event: { userName: 'ada' }, answer: { userName: 'ada' } },
        { source: 'PreSignUp_SignUp', event: { userName: 'ada' }, answer: { response: { autoConfirmUser: true } } },
      ])
    })

    test('a callback function sees the validation data', async () => {
      const { client } = await poolWith({ PreSignUp: arn('callback') })
      expect(await signUp(client, 'guest', { invite: 'no' })).toMatchObject({ UserConfirmed: false })
      expect(await signUp(client, 'friend', { invite: 'yes' })).toMatchObject({ UserConfirmed: true })
    })

    test('a TypeScript function', async () => {
      const { client } = await poolWith({ PreSignUp: arn('typed') })
      expect(await signUp(client, 'ada')).toMatchObject({ UserConfirmed: true })
    })

    // biome-ignore format: a table
    const faults: [title: string, name: string, error: string, message: RegExp][] = [
      ['that refuses',             'refuse',     'UserLambdaValidationException',  /^PreSignUp failed with error Only for eu\.$/],
      ['that crashes',             'crash',      'UnexpectedLambdaException',      /PreSignUp/],
      ['that hangs',               'hang',       'UnexpectedLambdaException',      /PreSignUp/],
      ['that answers no event',    'garbage',    'InvalidLambdaResponseException', /^Unrecognizable lambda output$/],
      ['that answers wrong types', 'wrong-type', 'InvalidLambdaResponseException', /^Unrecognizable lambda output$/],
      ['that is not there',        'missing',    'UnexpectedLambdaException',      /PreSignUp/],
    ]
    for (const [title, name, error, message] of faults)
      test(`a PreSignUp function ${title}: AWS's error, and nobody is signed up`, async () => {
        const { client } = await poolWith({ PreSignUp: arn(name) })
        // Sign-ups are counted by address, refused or not.
        const { quotas: _, ...before } = await server().rows()
        await expect(signUp(client, 'ada')).rejects.toMatchObject({
          name: error,
          message: expect.stringMatching(message),
        })
        const { quotas: counted, ...after } = await server().rows()
        expect(after).toEqual(before)
        expect(counted).not.toEqual([])
      })

    test('the refusal is shown on the sign-up page', async () => {
      const { house, client } = await poolWith({ PreSignUp: arn('refuse') })
      const query = new URLSearchParams({
        client_id: client,
        response_type: 'code',
        redirect_uri: 'http://localhost:9501/callback',
      })
      const visitor = newVisitor()
      await visitor.get(`${house.domain}/signup?${query}`)
      const answer = await visitor.submit({ username: 'ada', email: 'ada@example.com', password })
      expect(await answer.text()).toContain('Only for eu')
    })

    test('PreSignUp is asked for an administrator too', async () => {
      const { house } = await poolWith({ PreSignUp: arn('refuse') })
      const create = server().api.send(new AdminCreateUserCommand({ UserPoolId: house.poolId, Username: 'bob' }))
      await expect(create).rejects.toMatchObject({ name: 'UserLambdaValidationException' })
    })

    test('PostConfirmation comes after: what it throws reaches the caller, and the user stays confirmed', async () => {
      const { house, client } = await poolWith({ PostConfirmation: arn('after') })
      for (const name of ['fine', 'trouble']) {
        await signUp(client, name)
        const ConfirmationCode = await server().code(`${name}@example.com`, 'SignUp')
        const confirm = server().api.send(
          new ConfirmSignUpCommand({ ClientId: client, Username: name, ConfirmationCode }),
        )
        if (name === 'fine') await confirm
        else
          await expect(confirm).rejects.toMatchObject({
            name: 'UserLambdaValidationException',
            message: 'PostConfirmation failed with error No room.',
          })
        const user = await server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: name }))
        expect(user.UserStatus).toBe('CONFIRMED')
      }
    })
  },
  { config: { functions, functionUrls } },
)
