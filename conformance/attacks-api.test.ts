// Who may call what: administrators' operations unsigned or signed wrongly, and access tokens that are not ours, not
// access tokens, or no longer good. The documented error, and nothing changed.
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import {
  CreateUserPoolCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { type OperationName, operations } from '@poolhouse/api'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AppClient, addClient, buildHouse, type House } from './hosted.ts'
import { minimalInput } from './minimal-input.ts'
import { offered } from './operations.ts'
import { accessKey, eachServer, sdkClient } from './server.ts'

/** GetClientToken is guarded by a client's secret instead, as AWS documents it. */
const signed = (Object.keys(operations) as OperationName[]).filter(
  (name) => operations[name].signed && name !== 'GetClientToken',
)

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

eachServer('attacks on the API', (server) => {
  let house: House
  let other: House
  let client: AppClient
  let tokens: { id: string; access: string }
  let jwks: { keys: (JsonWebKey & { kid: string })[] }
  beforeAll(async () => {
    ;[house, other] = await Promise.all([buildHouse(server()), buildHouse(server())])
    client = await addClient(house)
    tokens = await signIn(house, client)
    jwks = (await (await fetch(`${house.issuer}/.well-known/jwks.json`)).json()) as typeof jwks
  })

  async function signIn({ username, password }: House, party: AppClient): Promise<{ id: string; access: string }> {
    const { AuthenticationResult } = await server().api.send(
      new InitiateAuthCommand({
        ClientId: party.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    )
    return { id: AuthenticationResult?.IdToken ?? '', access: AuthenticationResult?.AccessToken ?? '' }
  }

  async function traceless<T>(work: () => Promise<T>): Promise<T> {
    const before = await server().rows()
    const result = await work()
    expect(await server().rows()).toEqual(before)
    return result
  }

  /** Sends as the bytes stand, and gives what AWS's protocol calls the error. */
  async function errorOf({ headers, body }: Sent): Promise<{ status: number; type: string }> {
    const response = await fetch(server().url, { method: 'POST', headers, body })
    const { __type = '' } = (await response.json()) as { __type?: string }
    expect(response.headers.get('x-amzn-errortype')?.replace(/:.*/, '')).toBe(__type)
    return { status: response.status, type: __type }
  }

  describe('an administrator’s call without signature', () => {
    test.each(signed)('%s is refused', async (name) => {
      const known = { UserPoolId: house.poolId, ClientId: client.id, Username: house.username }
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${name}`,
      }
      const body = JSON.stringify(minimalInput(name, known))
      const error = await traceless(() => errorOf({ headers, body }))
      expect(error).toEqual({ status: 403, type: 'MissingAuthenticationTokenException' })
    })

    test('covers every operation that administrators are offered', () => {
      const admin = [...offered].filter((name) => name.startsWith('Admin'))
      expect(admin.filter((name) => !signed.includes(name as OperationName))).toEqual([])
    })
  })

  /** What the SDK would have sent. */
  async function signedRequest(credentials = accessKey): Promise<Sent> {
    let sent: Sent | undefined
    const sdk = sdkClient(server().url, credentials)
    sdk.middlewareStack.add(
      (_next) => async (args) => {
        const { headers, body } = args.request as Sent & { body: string | Uint8Array }
        sent = { headers, body: typeof body === 'string' ? body : new TextDecoder().decode(body) }
        throw new Error('not sent')
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await sdk.send(new CreateUserPoolCommand({ PoolName: 'stolen' })).catch(() => undefined)
    if (!sent) throw new Error('nothing was signed')
    return sent
  }

  test('a signature is of one body, one key, one service, one region and five minutes', async () => {
    const good = await signedRequest()
    const { authorization = '', 'x-amz-date': date = '' } = good.headers
    const with_ = (headers: Record<string, string>): Sent => ({ ...good, headers: { ...good.headers, ...headers } })
    const shifted = authorization.replace(/Signature=(.)/, (_, digit) => `Signature=${digit === 'a' ? 'b' : 'a'}`)
    // biome-ignore format: a table
    const attempts: [type: string, sent: Sent][] = [
      ['InvalidSignatureException',    { ...good, body: good.body.replace('stolen', 'taken!') }],
      ['InvalidSignatureException',    with_({ authorization: shifted })],
      ['InvalidSignatureException',    await signedRequest({ ...accessKey, secretAccessKey: 'guess' } as never)],
      ['UnrecognizedClientException',  await signedRequest({ ...accessKey, accessKeyId: 'nobody' } as never)],
      ['InvalidSignatureException',    with_({ 'x-amz-target': 'AWSCognitoIdentityProviderService.ListUserPools' })],
      ['InvalidSignatureException',    with_({ authorization: authorization.replace('/cognito-idp/', '/s3/') })],
      ['InvalidSignatureException',    with_({ authorization: authorization.replace('/eu-west-1/', '/us-east-1/') })],
      ['InvalidSignatureException',    with_({ 'x-amz-date': `${Number(date.slice(0, 4)) - 1}${date.slice(4)}` })],
      ['IncompleteSignatureException', with_({ authorization: authorization.replace(/, Signature=.*/, '') })],
      ['IncompleteSignatureException', with_({ authorization: 'AWS4-HMAC-SHA256' })],
    ]
    await traceless(async () => {
      for (const [type, sent] of attempts) expect(await errorOf(sent)).toEqual({ status: 403, type })
      for (const minutes of [-5, 5]) {
        server().tick(minutes * 60_000 + Math.sign(minutes) * 2000)
        expect(await errorOf(good)).toEqual({ status: 403, type: 'InvalidSignatureException' })
        server().tick(-minutes * 60_000 - Math.sign(minutes) * 2000)
      }
    })
    const honest = await fetch(server().url, { method: 'POST', headers: good.headers, body: good.body })
    expect(honest.status).toBe(200)
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

  /** A token with parts of a good one; `header` and `claims` override. */
  function forge(
    { header = {}, claims = {} }: { header?: object; claims?: object },
    signWith: (input: string) => string,
    base = tokens.access,
  ): string {
    const [head, payload] = base.split('.')
    const input = `${encode({ ...decode(head), ...header })}.${encode({ ...decode(payload), ...claims })}`
    return `${input}.${signWith(input)}`
  }

  test('an access token is ours, unchanged, for this, and of a pool that stands', async () => {
    const [head = '', payload = '', signature = ''] = tokens.access.split('.')
    const kid = decode(head).kid as string
    const key = createPublicKey({ key: jwks.keys.find((jwk) => jwk.kid === kid) ?? {}, format: 'jwk' })
    const idKid = decode(tokens.id.split('.')[0]).kid
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsa = (privateKey: KeyObject) => (input: string) =>
      sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')
    const hmac = (secret: string | Buffer) => (input: string) =>
      createHmac('sha256', secret).update(input).digest('base64url')
    const same = () => signature
    const foreign = await signIn(other, await addClient(other))
    // A 2048-bit signature leaves four bits of its last character unused: A, Q, g or w.
    const last = String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1)
    // biome-ignore format: a table
    const forged: Record<string, string> = {
      'alg none':                   forge({ header: { alg: 'none' } }, () => ''),
      'alg None':                   forge({ header: { alg: 'None' } }, same),
      'no signature':               `${head}.${payload}.`,
      'HS256 with the public PEM':  forge({ header: { alg: 'HS256' } }, hmac(key.export({ type: 'spki', format: 'pem' }))),
      'HS256 with the public DER':  forge({ header: { alg: 'HS256' } }, hmac(key.export({ type: 'spki', format: 'der' }))),
      'HS256 with an empty key':    forge({ header: { alg: 'HS256' } }, hmac('')),
      'another key, our kid':       forge({}, rsa(stranger.privateKey)),
      'another key in the header':  forge({ header: { jwk: stranger.publicKey.export({ format: 'jwk' }) } }, rsa(stranger.privateKey)),
      'a key elsewhere':            forge({ header: { jku: 'http://localhost:1/jwks.json', kid: 'x' } }, rsa(stranger.privateKey)),
      'kid of the ID key':          forge({ header: { kid: idKid } }, same),
      'kid __proto__':              forge({ header: { kid: '__proto__' } }, same),
      'no kid':                     forge({ header: { kid: undefined } }, same),
      'a crit header':              forge({ header: { crit: ['x'], x: 1 } }, same),
      'another user':               forge({ claims: { sub: '00000000-0000-4000-8000-000000000000' } }, same),
      'a later expiry':             forge({ claims: { exp: 4_000_000_000 } }, same),
      'more groups':                forge({ claims: { 'cognito:groups': ['admin'] } }, same),
      'another pool':               forge({ claims: { iss: other.issuer } }, same),
      'another host':               forge({ claims: { iss: `https://evil.example/${house.poolId}` } }, same),
      'an ID token':                tokens.id,
      'an ID token that says more': forge({ claims: { token_use: 'access' } }, () => tokens.id.split('.')[2] ?? '', tokens.id),
      'unused bits set':            `${tokens.access.slice(0, -1)}${last}`,
      'signature of another':       `${head}.${payload}.${foreign.access.split('.')[2]}`,
      'two parts':                  `${head}.${payload}`,
      'four parts':                 `${tokens.access}.${signature}`,
      'no token':                   'abc',
    }
    await traceless(async () => {
      for (const [title, AccessToken] of Object.entries(forged)) {
        const error = await server()
          .api.send(new GetUserCommand({ AccessToken }))
          .catch(({ name }: Error) => name)
        expect({ title, error }).toEqual({ title, error: 'NotAuthorizedException' })
        const signOut = server().api.send(new GlobalSignOutCommand({ AccessToken }))
        await expect(signOut).rejects.toMatchObject({ name: 'NotAuthorizedException' })
        const info = await fetch(`${house.domain}/oauth2/userInfo`, {
          headers: { authorization: `Bearer ${AccessToken}` },
        })
        expect({ title, status: info.status }).toEqual({ title, status: 401 })
      }
      // Good where it belongs, and nowhere else.
      const elsewhere = { headers: { authorization: `Bearer ${foreign.access}` } }
      expect((await fetch(`${house.domain}/oauth2/userInfo`, elsewhere)).status).toBe(401)
      expect((await server().api.send(new GetUserCommand({ AccessToken: tokens.access }))).Username).toBe(
        house.username,
      )
    })
  })

  test('an access token ends with its hour', async () => {
    await traceless(async () => {
      server().tick(3_600_000 + 1000)
      await expect(server().api.send(new GetUserCommand({ AccessToken: tokens.access }))).rejects.toMatchObject({
        name: 'NotAuthorizedException',
        message: 'Access Token has expired',
      })
      server().tick(-3_600_000 - 1000)
    })
    await server().api.send(new GetUserCommand({ AccessToken: tokens.access }))
  })
})
