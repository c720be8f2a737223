// Authenticator apps through the AWS SDK: a secret is given out, a code of it confirms it.
import { createHmac } from 'node:crypto'
import {
  AdminDeleteSoftwareTokenCommand,
  AssociateSoftwareTokenCommand,
  type CognitoIdentityProviderClient,
  InitiateAuthCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { addClient, addUser, buildHouse, type House } from './hosted.ts'
import { suites } from './operations.ts'
import { recording } from './recording.ts'
import { accessKey, eachServer, sdkClient } from './server.ts'

eachServer('authenticators', (server) => {
  const answered = new Set<string>()
  let api: CognitoIdentityProviderClient
  let anonymous: CognitoIdentityProviderClient
  let house: House
  let ClientId: string

  beforeAll(async () => {
    api = recording(sdkClient(server().url, accessKey), answered)
    anonymous = recording(sdkClient(server().url, undefined), answered)
    house = await buildHouse(server())
    ClientId = (await addClient(house)).id
    await enable(true)
  })

  const enable = (Enabled: boolean) =>
    api.send(new SetUserPoolMfaConfigCommand({ UserPoolId: house.poolId, SoftwareTokenMfaConfiguration: { Enabled } }))

  /** A new user who is signed in. */
  async function signIn(username: string): Promise<string> {
    await addUser(house, username, house.password, `${username}@example.com`)
    const AuthParameters = { USERNAME: username, PASSWORD: house.password }
    const { AuthenticationResult } = await anonymous.send(
      new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    )
    return AuthenticationResult?.AccessToken ?? ''
  }

  /** Time as the server has it, in steps; the suite moves only forward. */
  let moved = 0
  const code = (secret = '', off = 0) => totp(secret, Math.floor((Date.now() + moved) / 30_000) + off)
  function tick(milliseconds: number): void {
    moved += milliseconds
    server().tick(milliseconds)
  }

  const verify = (AccessToken: string, UserCode: string) =>
    anonymous.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode, FriendlyDeviceName: 'phone' }))

  test('a secret of 256 bits is given out and confirmed by a code, once', async () => {
    const AccessToken = await signIn('grace')
    const { SecretCode, Session } = await anonymous.send(new AssociateSoftwareTokenCommand({ AccessToken }))
    expect(SecretCode).toMatch(/^[A-Z2-7]{52}$/)
    expect(Session).toBeUndefined()
    expect(await verify(AccessToken, code(SecretCode))).toMatchObject({ Status: 'SUCCESS' })
    await expect(verify(AccessToken, code(SecretCode))).rejects.toMatchObject({
      name: 'SoftwareTokenMFANotFoundException',
    })
  })

  test('a wrong code is refused in the words of AWS, and the right one is taken after', async () => {
    const AccessToken = await signIn('margaret')
    const { SecretCode } = await anonymous.send(new AssociateSoftwareTokenCommand({ AccessToken }))
    await expect(verify(AccessToken, code(SecretCode, -3))).rejects.toMatchObject({
      name: 'EnableSoftwareTokenMFAException',
      message: 'Code mismatch and fail enable Software Token MFA',
    })
    expect(await verify(AccessToken, code(SecretCode))).toMatchObject({ Status: 'SUCCESS' })
  })

  test('guesses are counted, apart from passwords', async () => {
    const AccessToken = await signIn('hedy')
    const { SecretCode } = await anonymous.send(new AssociateSoftwareTokenCommand({ AccessToken }))
    const outcomes: string[] = []
    for (let guess = 1; guess <= 7; guess++)
      outcomes.push(
        await verify(AccessToken, code(SecretCode, -9)).then(
          () => 'taken',
          ({ name }: Error) => name,
        ),
      )
    expect(outcomes.slice(0, 5)).toEqual(Array(5).fill('EnableSoftwareTokenMFAException'))
    expect(outcomes.slice(5)).toEqual(Array(2).fill('NotAuthorizedException'))
    const AuthParameters = { USERNAME: 'hedy', PASSWORD: house.password }
    await anonymous.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }))
    tick(1_000)
    expect(await verify(AccessToken, code(SecretCode))).toMatchObject({ Status: 'SUCCESS' })
  })

  test('an administrator takes it away', async () => {
    const AccessToken = await signIn('radia')
    await anonymous.send(new AssociateSoftwareTokenCommand({ AccessToken }))
    const user = { UserPoolId: house.poolId, Username: 'radia' }
    await api.send(new AdminDeleteSoftwareTokenCommand(user))
    await expect(verify(AccessToken, '123456')).rejects.toMatchObject({ name: 'SoftwareTokenMFANotFoundException' })
    await api.send(new AdminDeleteSoftwareTokenCommand(user))
    await expect(api.send(new AdminDeleteSoftwareTokenCommand({ ...user, Username: 'nobody' }))).rejects.toMatchObject({
      name: 'UserNotFoundException',
    })
    await anonymous.send(
      new SignUpCommand({
        ClientId,
        Username: 'new',
        Password: house.password,
        UserAttributes: [{ Name: 'email', Value: 'new@example.com' }],
      }),
    )
    await expect(api.send(new AdminDeleteSoftwareTokenCommand({ ...user, Username: 'new' }))).rejects.toMatchObject({
      name: 'UserNotConfirmedException',
    })
  })

  test('without a token, with a bad one or a bad code, nothing is set up', async () => {
    const AccessToken = await signIn('barbara')
    const bad: [object, string][] = [
      [{}, 'InvalidParameterException'],
      [{ AccessToken: 'a.b.c' }, 'NotAuthorizedException'],
    ]
    for (const [input, name] of bad) {
      await expect(anonymous.send(new AssociateSoftwareTokenCommand(input))).rejects.toMatchObject({ name })
      await expect(
        anonymous.send(new VerifySoftwareTokenCommand({ ...input, UserCode: '123456' })),
      ).rejects.toMatchObject({ name })
    }
    for (const UserCode of ['12345', '1234567', '12345a', '１２３４５６'])
      await expect(verify(AccessToken, UserCode)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  test('a pool that has them off says so', async () => {
    const AccessToken = await signIn('karen')
    await enable(false)
    const off = { name: 'SoftwareTokenMFANotFoundException' }
    await expect(anonymous.send(new AssociateSoftwareTokenCommand({ AccessToken }))).rejects.toMatchObject(off)
    await expect(verify(AccessToken, '123456')).rejects.toMatchObject(off)
    await enable(true)
  })

  test('every operation of this suite was called and answered', () => {
    expect(suites.authenticators.filter((name) => !answered.has(name))).toEqual([])
  })
})

/** RFC 4226 section 5.3 over RFC 6238's counter, written out: the server's own library proves nothing about itself. */
function totp(secret: string, step: number): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from((bits.join('').match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 0x0f
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
