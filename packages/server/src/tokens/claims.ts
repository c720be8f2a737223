import { createHash } from 'node:crypto'
import { mayRead } from '../directory/attributes.ts'
import type { GroupFacts } from '../directory/triggers/tokens.ts'
import type { GrantContext } from '../store/grants.ts'
import type { Group } from '../store/groups.ts'
import type { Client } from '../store/setup/clients.ts'
import type { User } from '../store/users.ts'
import { groupsClaims } from './customize.ts'
import type { Claims } from './jwt.ts'

/** What every token of one event shares; times are seconds. */
export interface TokenFacts {
  readonly issuer: string
  readonly client: Client
  readonly user: User
  readonly groups: GroupFacts
  /** The remembered device that signed in. */
  readonly deviceKey?: string | undefined
  readonly scopes: readonly string[]
  readonly originJti: string
  readonly eventId: string
  readonly authTime: number
  readonly issuedAt: number
  /** What the grant says besides. */
  readonly context?: GrantContext | undefined
}

/** The claims of an access token (AWS developer guide, "Understanding the access token"). */
export function accessClaims(facts: TokenFacts, jti: string): Claims {
  const { user, client, groups } = facts
  return {
    sub: user.id,
    ...groupsClaims(groups, false),
    ...(facts.deviceKey !== undefined && { device_key: facts.deviceKey }),
    iss: facts.issuer,
    version: 2,
    client_id: client.id,
    ...(facts.context?.resource !== undefined && { aud: facts.context.resource }),
    ...(namesOrigin(client) && { origin_jti: facts.originJti }),
    event_id: facts.eventId,
    token_use: 'access',
    ...levelClaims(facts),
    scope: facts.scopes.join(' '),
    auth_time: facts.authTime,
    exp: facts.issuedAt + lifetimes(client).access,
    iat: facts.issuedAt,
    jti,
    username: user.username,
  }
}

/** The claims of an ID token (AWS developer guide, "Understanding the identity (ID) token"). */
export function idClaims(facts: TokenFacts, jti: string, nonce: string | undefined): Claims {
  const { user, client, groups } = facts
  const { identities } = user.attributes
  return {
    ...attributeClaims(client, user, facts.scopes),
    ...(identities !== undefined && { identities: identityClaims(identities) }),
    sub: user.id,
    ...groupsClaims(groups, true),
    iss: facts.issuer,
    'cognito:username': user.username,
    ...(nonce !== undefined && { nonce }),
    ...(namesOrigin(client) && { origin_jti: facts.originJti }),
    aud: client.id,
    event_id: facts.eventId,
    token_use: 'id',
    ...levelClaims(facts),
    auth_time: facts.authTime,
    exp: facts.issuedAt + lifetimes(client).id,
    iat: facts.issuedAt,
    jti,
  }
}

/** How sure the sign-in was, where that was asked (AWS developer guide, "Authentication levels with ACR and AMR claims"). */
function levelClaims({ context }: TokenFacts): Claims {
  return {
    ...(context?.acr !== undefined && { acr: context.acr }),
    ...(context?.amr !== undefined && { amr: context.amr }),
  }
}

/** The attributes that scopes and the client's read list let out; booleans as booleans. */
function attributeClaims(client: Client, user: User, scopes: readonly string[]): Claims {
  const claims: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(visibleAttributes(client, user, scopes)))
    claims[name] = name === 'email_verified' || name === 'phone_number_verified' ? value === 'true' : value
  return claims
}

/** Who a user is at identity providers, all values text (AWS developer guide, "Understanding the identity (ID) token"). */
function identityClaims(identities: string): unknown {
  const list = JSON.parse(identities) as readonly Readonly<Record<string, unknown>>[]
  return list.map((one) => ({ ...one, primary: String(one.primary), dateCreated: String(one.dateCreated) }))
}

/**
 * The attributes that scopes and the client's read list let out, as text. `openid` alone opens all readable ones, as does
 * `profile`; beside it `email` and `phone` narrow (AWS developer guide, "Scopes, M2M, and resource servers").
 */
export function visibleAttributes(
  client: Client,
  user: User,
  scopes: readonly string[],
): Readonly<Record<string, string>> {
  const narrow = new Set<string>()
  if (scopes.includes('email')) narrow.add('email').add('email_verified')
  if (scopes.includes('phone')) narrow.add('phone_number').add('phone_number_verified')
  const all = narrow.size === 0 || scopes.includes('profile') || scopes.includes(adminScope)
  return Object.fromEntries(
    Object.entries(user.attributes).filter(([name]) => (all || narrow.has(name)) && mayRead(client, name)),
  )
}

/**
 * Attributes in the types of OpenID Connect Core 5.1, where AWS writes all of them as text: two booleans, a time in seconds,
 * an address that is an object.
 */
export function standardTypes(attributes: Readonly<Record<string, string>>): Claims {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (name === 'email_verified' || name === 'phone_number_verified') return [name, value === 'true']
      if (name === 'updated_at' && /^\d{1,15}$/.test(value)) return [name, Number(value)]
      return name === 'address' ? [name, { formatted: value }] : [name, value]
    }),
  )
}

/** The scope that opens the self-service operations; tokens of the JSON API carry it alone. */
export const adminScope = 'aws.cognito.signin.user.admin'

/** Lifetimes in seconds, by the client's numbers and units (API reference, TokenValidityUnitsType). */
export function lifetimes({ settings }: Client): { access: number; id: number; refresh: number } {
  const units = settings.TokenValidityUnits
  const seconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const
  return {
    access: settings.AccessTokenValidity ? settings.AccessTokenValidity * seconds[units?.AccessToken ?? 'hours'] : 3600,
    id: settings.IdTokenValidity ? settings.IdTokenValidity * seconds[units?.IdToken ?? 'hours'] : 3600,
    refresh: settings.RefreshTokenValidity
      ? settings.RefreshTokenValidity * seconds[units?.RefreshToken ?? 'days']
      : 30 * 86_400,
  }
}

/** Whether the client's tokens carry `origin_jti`: with revocation, and with rotation (developer guide, "Refresh tokens"). */
function namesOrigin(client: Client): boolean {
  return revocable(client) || client.settings.RefreshTokenRotation?.Feature === 'ENABLED'
}

/** Whether the client's tokens can be revoked. */
export function revocable({ settings }: Client): boolean {
  return settings.EnableTokenRevocation !== false
}

/** The claims of a machine's access token (developer guide, "Understanding the access token"); times are seconds. */
export function machineClaims(
  {
    issuer,
    client,
    scopes,
    issuedAt,
    context,
  }: Pick<TokenFacts, 'issuer' | 'client' | 'scopes' | 'issuedAt' | 'context'>,
  jti: string,
): Claims {
  return {
    sub: client.id,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: issuedAt,
    iss: issuer,
    exp: issuedAt + lifetimes(client).access,
    iat: issuedAt,
    version: 2,
    jti,
    client_id: client.id,
    ...(context?.resource !== undefined && { aud: context.resource }),
  }
}

/**
 * What tokens say of a user's groups: names, roles, and the role of the group with the lowest precedence; none when such
 * groups name different roles. A group without precedence comes last (developer guide, "Assigning precedence values to groups").
 */
export function groupFacts(groups: readonly Group[]): GroupFacts {
  const ranked = groups.flatMap(({ roleArn, precedence = Number.POSITIVE_INFINITY }) =>
    roleArn ? [{ roleArn, precedence }] : [],
  )
  ranked.sort((a, b) => (a.precedence === b.precedence ? 0 : a.precedence - b.precedence))
  const best = new Set(
    ranked.filter(({ precedence }) => precedence === ranked[0]?.precedence).map((one) => one.roleArn),
  )
  return {
    groups: groups.map(({ name }) => name),
    roles: [...new Set(ranked.map(({ roleArn }) => roleArn))],
    preferredRole: best.size === 1 ? ranked[0]?.roleArn : undefined,
  }
}

/** The left half of the access token's SHA-256 (OpenID Connect Core 3.1.3.6). */
export function atHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')
}
