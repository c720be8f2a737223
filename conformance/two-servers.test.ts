// Two server processes over one PostgreSQL, started as an operator starts them, racing for what can be used once: a code,
// a refresh token's generation, the step of an authenticator, a challenge. One winner each.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { Secret, TOTP } from 'otpauth'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresDatabase } from '../packages/server/test/databases.ts'
import { addClient, buildHouse, type House } from './hosted.ts'
import { region } from './server.ts'

const program = fileURLToPath(new URL('../packages/server/bin/poolhouse.mjs', import.meta.url))
const accessKey = { accessKeyId: 'operator', secretAccessKey: randomBytes(20).toString('hex') }
const running: ChildProcess[] = []
const apis: CognitoIdentityProviderClient[] = []
const mails: string[] = []
const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _, done) {
    let mail = ''
    stream.on('data', (chunk: Buffer) => {
      mail += chunk.toString('latin1')
    })
    stream.on('end', () => {
      mails.push(mail)
      done()
    })
  },
})
let house: House
let client: string

beforeAll(async () => {
  const database = await createPostgresDatabase()
  const smtp = mailServer.listen(0, '127.0.0.1')
  await once(smtp, 'listening')
  const address = smtp.address()
  const smtpUrl = `smtp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const keys = {
    POOLHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    POOLHOUSE_ACCESS_KEYS: `${accessKey.accessKeyId}:${accessKey.secretAccessKey}`,
  }
  const ports = [await freePort(), await freePort()]
  // Both at once: the schema is brought up by one, the other waits.
  await Promise.all(
    ports.map(async (port) => {
      const args = ['start', '--listen', `localhost:${port}`, '--database-url', database, '--smtp-url', smtpUrl]
      // Behind one address, as nodes are: tokens of one are the other's.
      args.push('--public-url', `http://localhost:${ports[0]}`)
      const child = spawn(process.execPath, [program, ...args], {
        env: { ...process.env, ...keys },
        stdio: 'ignore',
      })
      running.push(child)
      const endpoint = `http://localhost:${port}`
      apis.push(new CognitoIdentityProviderClient({ region, endpoint, maxAttempts: 1, credentials: accessKey }))
      await ready(endpoint, child)
    }),
  )
  house = await buildHouse({ url: `http://localhost:${ports[0]}`, api: at(0) })
  client = (await addClient(house, { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 } })).id
}, 60_000)

afterAll(async () => {
  for (const api of apis) api.destroy()
  await Promise.all(running.map((child) => (child.kill('SIGTERM') ? once(child, 'exit') : undefined)))
  await new Promise<void>((resolve) => mailServer.close(() => resolve()))
}, 30_000)

const at = (index: number): CognitoIdentityProviderClient => {
  const api = apis[index % apis.length]
  if (!api) throw new Error('no server')
  return api
}
/** The same call twenty times at once, to both servers in turn. */
const race = <T>(call: (api: CognitoIdentityProviderClient) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: 20 }, (_, index) => call(at(index))))
const winners = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
const signIn = (index = 0) =>
  at(index).send(
    new InitiateAuthCommand({
      ClientId: client,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: house.username, PASSWORD: house.password },
    }),
  )

test('what one server stores the other one knows', async () => {
  expect((await signIn(1)).AuthenticationResult?.AccessToken).toBeTruthy()
})

test('a code: one new password', async () => {
  await at(0).send(new ForgotPasswordCommand({ ClientId: client, Username: house.username }))
  const ConfirmationCode = await mailedCode()
  const results = await race((api) =>
    api.send(
      new ConfirmForgotPasswordCommand({
        ClientId: client,
        Username: house.username,
        ConfirmationCode,
        Password: house.password,
      }),
    ),
  )
  expect(winners(results)).toHaveLength(1)
})

test("a refresh token's generation: one next one, and all who asked within the grace have it", async () => {
  const { AuthenticationResult } = await signIn()
  const RefreshToken = AuthenticationResult?.RefreshToken ?? ''
  const results = await race((api) =>
    api.send(new GetTokensFromRefreshTokenCommand({ ClientId: client, RefreshToken })),
  )
  const next = new Set(winners(results).map((tokens) => tokens.AuthenticationResult?.RefreshToken))
  expect(winners(results)).toHaveLength(20)
  expect(next.size).toBe(1)
  expect(next.has(RefreshToken)).toBe(false)
})

test('a challenge, and the step of an authenticator in two challenges', async () => {
  await at(0).send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: house.poolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  )
  const AccessToken = (await signIn()).AuthenticationResult?.AccessToken ?? ''
  const { SecretCode } = await at(0).send(new AssociateSoftwareTokenCommand({ AccessToken }))
  const totp = new TOTP({ secret: Secret.fromBase32(SecretCode ?? '') })
  // Set up with the step before, so that the current one is still to be used.
  await at(1).send(
    new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp.generate({ timestamp: Date.now() - 30_000 }) }),
  )
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true }
  await at(0).send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }))
  const respond = (api: CognitoIdentityProviderClient, Session: string | undefined, code: string) =>
    api.send(
      new RespondToAuthChallengeCommand({
        ClientId: client,
        ChallengeName: 'SOFTWARE_TOKEN_MFA',
        Session,
        ChallengeResponses: { USERNAME: house.username, SOFTWARE_TOKEN_MFA_CODE: code },
      }),
    )
  const [first, second] = [await signIn(0), await signIn(1)]
  expect(first.ChallengeName).toBe('SOFTWARE_TOKEN_MFA')
  const code = totp.generate()
  // Four of them: a fifth wrong one would lock, and say less.
  const both = await Promise.allSettled([
    respond(at(0), first.Session, code),
    respond(at(1), second.Session, code),
    respond(at(1), first.Session, code),
    respond(at(0), second.Session, code),
  ])
  expect(winners(both)).toHaveLength(1)
})

test('a user whom one server changes is changed for the other at once', async () => {
  await at(0).send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: house.poolId,
      Username: house.username,
      UserAttributes: [{ Name: 'nickname', Value: 'countess' }],
    }),
  )
  const key = { UserPoolId: house.poolId, Username: house.username }
  const { UserAttributes } = await at(1).send(new AdminGetUserCommand(key))
  expect(UserAttributes).toContainEqual({ Name: 'nickname', Value: 'countess' })
})

async function mailedCode(): Promise<string> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const code = mails.map((mail) => /\b(\d{6})\b/.exec(mail.split('\r\n\r\n').slice(1).join('\n'))?.[1]).find(Boolean)
    if (code) return code
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('no mail came')
}

async function ready(endpoint: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 30_000 && child.exitCode === null; waited += 50) {
    const answer = await fetch(`${endpoint}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the server at ${endpoint} is not ready`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address ? address.port : 0
}
