import { sign } from 'node:crypto'
import { applePem } from '../../settings/provider-details.ts'

/** Apple takes secrets that live up to six months; this one is made for one request. */
const lifetime = 300

/**
 * The client secret that Apple asks for: a JWT signed with the team's key (Apple, "Creating a client secret"). `now` is
 * seconds.
 */
export function appleSecret(details: Readonly<Record<string, string>>, audience: string, now: number): string {
  const { client_id: sub, team_id: iss, key_id: kid, private_key: key = '' } = details
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'ES256', kid })}.${part({ iss, iat: now, exp: now + lifetime, aud: audience, sub })}`
  const signature = sign('sha256', Buffer.from(text), { key: applePem(key), dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** The name that Apple posts at a person's first visit; it is not signed, so that nothing else is taken of it. */
export function postedName(user: string | undefined): Readonly<Record<string, string>> {
  let name: unknown
  try {
    name = user === undefined ? undefined : JSON.parse(user)?.name
  } catch {
    return {}
  }
  if (typeof name !== 'object' || name === null) return {}
  const { firstName, lastName } = name as { firstName?: unknown; lastName?: unknown }
  const names: Record<string, string> = {}
  if (typeof firstName === 'string' && firstName) names.firstName = firstName
  if (typeof lastName === 'string' && lastName) names.lastName = lastName
  const full = [names.firstName, names.lastName].filter(Boolean).join(' ')
  return full === '' ? names : { ...names, name: full }
}
