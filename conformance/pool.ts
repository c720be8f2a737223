import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { JwtVerifier } from 'aws-jwt-verify'
import type { Server } from './server.ts'

/** The password of everybody in these suites. */
export const password = 'Correct-Horse-1'

/** The settings that a suite's pool differs by. */
export interface PoolInput {
  readonly pool?: Partial<CreateUserPoolCommandInput>
  readonly mfa?: Partial<SetUserPoolMfaConfigCommandInput>
  readonly client?: Partial<CreateUserPoolClientCommandInput>
}

/** A pool with an app client for every flow, as a mobile or single-page app has it. */
export interface AppPool {
  readonly poolId: string
  readonly clientId: string
}

/** What a pool must say to send text messages. */
export const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' }

/** Makes a pool over the API; it verifies e-mail addresses by itself. */
export async function newPool({ api }: Pick<Server, 'api'>, input: PoolInput = {}): Promise<AppPool> {
  const { UserPool } = await api.send(
    new CreateUserPoolCommand({
      PoolName: 'app',
      AutoVerifiedAttributes: ['email'],
      SmsConfiguration,
      ...input.pool,
    }),
  )
  const UserPoolId = UserPool?.Id ?? ''
  if (input.mfa) await api.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...input.mfa }))
  const { UserPoolClient } = await api.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      PreventUserExistenceErrors: 'ENABLED',
      ExplicitAuthFlows: [
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_CUSTOM_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      ...input.client,
    }),
  )
  return { poolId: UserPoolId, clientId: UserPoolClient?.ClientId ?? '' }
}

/** Somebody whom an administrator added. */
export interface Person {
  readonly username: string
  readonly email: string
  readonly phone: string
}

/**
 * Adds a user with a verified e-mail address and phone number; an `invited` one has a temporary password, one `named` by
 * e-mail is in a pool whose user names are addresses.
 */
export async function addPerson(
  { api }: Pick<Server, 'api'>,
  { poolId }: AppPool,
  { invited = false, named }: { invited?: boolean; named?: 'email' } = {},
): Promise<Person> {
  const username = `user-${randomBytes(4).toString('hex')}`
  const digits = String(randomBytes(4).readUInt32BE()).padStart(10, '0')
  const person = { username, email: `${username}@example.com`, phone: `+4912${digits}` }
  const user = { UserPoolId: poolId, Username: named ? person[named] : username }
  await api.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      ...(invited && { TemporaryPassword: password }),
      UserAttributes: [
        { Name: 'email', Value: person.email },
        { Name: 'email_verified', Value: 'true' },
        { Name: 'phone_number', Value: person.phone },
        { Name: 'phone_number_verified', Value: 'true' },
      ],
    }),
  )
  if (!invited) await api.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
  return person
}

/** The code that an authenticator app shows at a time in milliseconds (RFC 6238). */
export function authenticatorCode(secret: string, time: number): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)))
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
  const hash = createHmac('sha1', key).update(counter).digest()
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 0xf) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** Verifies both tokens of a sign-in as a back end does, with aws-jwt-verify; throws when it would refuse them. */
export async function verifyTokens(
  { url }: Pick<Server, 'url'>,
  { poolId, clientId }: AppPool,
  { id, access }: { id: string; access: string },
): Promise<void> {
  const issuer = `${url}/${poolId}`
  const verifier = JwtVerifier.create([{ issuer, audience: null, jwksUri: '' }])
  const keys = await fetch(`${issuer}/.well-known/jwks.json`)
  verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0], issuer)
  const who = verifier.verifySync(id, { audience: clientId })
  const what = verifier.verifySync(access)
  if (who.token_use !== 'id' || what.token_use !== 'access' || what.client_id !== clientId || who.sub !== what.sub)
    throw new Error('The tokens do not belong together')
}

/** The clock of a pool, which a test moves on, and what an authenticator app shows by it. */
export function poolClock({ url }: Pick<Server, 'url'>, { poolId }: AppPool) {
  let moved = 0
  return {
    async tick(seconds: number): Promise<void> {
      moved += seconds * 1000
      const body = JSON.stringify({ advance: `${seconds}s` })
      const answer = await fetch(`${url}/inbox/clock/${poolId}`, { method: 'POST', body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    appCode: (secret: string) => authenticatorCode(secret, Date.now() + moved),
  }
}

/** Writes a folder of functions by name, as `--functions` takes it. */
export function functionsFolder(sources: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(folder, `${name}.mjs`), source)
  return folder
}

/** The ARN of a function in the folder. */
export function functionArn(name: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
}

/** Functions of a custom sign-in, as AWS's guide has them: a riddle, three tries; where SRP comes first, after it. */
export const riddle = {
  define: `export const handler = async (event) => {
    const { session } = event.request
    const last = session.at(-1)
    const answers = session.filter((step) => step.challengeName === 'CUSTOM_CHALLENGE')
    event.response.issueTokens = false
    event.response.failAuthentication = false
    if (last?.challengeName === 'SRP_A') event.response.challengeName = 'PASSWORD_VERIFIER'
    else if (last?.challengeName === 'PASSWORD_VERIFIER' && !last.challengeResult) event.response.failAuthentication = true
    else if (last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult) event.response.issueTokens = true
    else if (answers.length >= 3) event.response.failAuthentication = true
    else event.response.challengeName = 'CUSTOM_CHALLENGE'
    return event
  }`,
  create: `export const handler = async (event) => {
    const tries = event.request.session.filter((step) => step.challengeName === 'CUSTOM_CHALLENGE').length
    event.response.publicChallengeParameters = { question: 'What has keys and opens nothing?', tries: String(tries) }
    event.response.privateChallengeParameters = { answer: 'piano' }
    event.response.challengeMetadata = 'RIDDLE'
    return event
  }`,
  verify: `export const handler = async (event) => {
    const { challengeAnswer, privateChallengeParameters } = event.request
    event.response.answerCorrect = challengeAnswer === privateChallengeParameters.answer
    return event
  }`,
}

/** The LambdaConfig that runs `riddle`. */
export const riddleConfig = {
  DefineAuthChallenge: functionArn('define'),
  CreateAuthChallenge: functionArn('create'),
  VerifyAuthChallengeResponse: functionArn('verify'),
}
