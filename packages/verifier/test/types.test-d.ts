// Not run but compiled: every line marked must fail to compile, every other must not.
import { requireAuth as expressAuth } from '../src/express.ts'
import { getAuth, requireAuth } from '../src/hono.ts'
import {
  type AccessClaims,
  type Auth,
  createVerifier,
  type IdClaims,
  type Verifier,
  type VerifyErrorCode,
} from '../src/index.ts'

const pool = { userPoolId: 'eu-west-1_AbCdEfGhI' } as const

export const access: Verifier<AccessClaims> = createVerifier({ ...pool, clientId: 'a', tokenUse: 'access' })
export const id: Verifier<IdClaims> = createVerifier({ ...pool, clientId: ['a', 'b'], tokenUse: 'id' })
export const anyClient = createVerifier({
  issuer: ['https://a.example', 'https://b.example'],
  clientId: null,
  tokenUse: 'id',
})

// @ts-expect-error clientId is not said
createVerifier({ ...pool, tokenUse: 'access' })
// @ts-expect-error clientId undefined is not null
createVerifier({ ...pool, clientId: undefined, tokenUse: 'access' })
// @ts-expect-error tokenUse has no default
createVerifier({ ...pool, clientId: 'a' })
// @ts-expect-error there is no such use
createVerifier({ ...pool, clientId: 'a', tokenUse: 'refresh' })
// @ts-expect-error no pool
createVerifier({ clientId: 'a', tokenUse: 'access' })
// @ts-expect-error two kinds of pool
createVerifier({ ...pool, issuer: 'https://a.example', clientId: 'a', tokenUse: 'access' })
// @ts-expect-error an endpoint is for pool ids
createVerifier({ issuer: 'https://a.example', endpoint: 'https://b.example', clientId: 'a', tokenUse: 'access' })
// @ts-expect-error there is no such option
createVerifier({ ...pool, clientId: 'a', tokenUse: 'access', audience: 'x' })
// @ts-expect-error there is no other way
createVerifier({ ...pool, clientId: 'a', tokenUse: 'access', revocation: 'introspection' })
// @ts-expect-error the claims are those of the use
export const swapped: Verifier<IdClaims> = createVerifier({ ...pool, clientId: 'a', tokenUse: 'access' })

export async function claims(): Promise<void> {
  const { claims, scopes } = await access.verify('token')
  claims.client_id satisfies string
  claims.username satisfies string | undefined
  claims['cognito:groups'] satisfies readonly string[] | undefined
  claims.email satisfies unknown
  // @ts-expect-error claims are not for writing
  claims.sub = 'x'
  // @ts-expect-error nor are scopes
  scopes.add('x')
  const { claims: mine } = await id.verify('token', { groups: ['a'] })
  mine.aud satisfies string
  mine.email satisfies string | undefined
  // @ts-expect-error an unknown claim must be looked at first
  mine.email_verified satisfies boolean
  // @ts-expect-error not a requirement
  await access.verify('token', { scope: 'openid' })
  await access.authenticate(new Request('https://api.example'))
  await access.authenticate({ headers: { authorization: 'Bearer token' } })
}

export function adapters(c: Parameters<typeof getAuth>[0]): void {
  getAuth(c) satisfies Auth<AccessClaims>
  getAuth(c, 'id') satisfies Auth<IdClaims>
  // @ts-expect-error an access token unless said otherwise
  getAuth(c) satisfies Auth<IdClaims>
  requireAuth(access, { anyScope: ['a', 'b'] })
  expressAuth(id, { groups: ['a'] })
  // @ts-expect-error not a verifier
  requireAuth({})
}

/** A switch over the codes is complete at compile time. */
export function advice(code: VerifyErrorCode): string {
  switch (code) {
    case 'missing':
      return 'sign in'
    case 'expired':
    case 'revoked':
      return 'refresh'
    case 'missing_scope':
    case 'missing_group':
      return 'ask for it'
    case 'keys_unavailable':
    case 'revocation_unavailable':
      return 'try again'
    case 'malformed':
    case 'alg_not_allowed':
    case 'unknown_key':
    case 'bad_signature':
    case 'not_yet_valid':
    case 'wrong_issuer':
    case 'wrong_client':
    case 'wrong_use':
      return 'report it'
  }
}
