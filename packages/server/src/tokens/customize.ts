import type { GroupFacts, TokenAnswer } from '../directory/triggers/tokens.ts'
import { PoolError } from '../errors.ts'
import type { Claims } from './jwt.ts'

/** What a PreTokenGeneration function wants changed, checked; groups of undefined stay as they are. */
export interface Customization {
  readonly id: ClaimChanges
  readonly access: ClaimChanges
  readonly scopes: { readonly add: readonly string[]; readonly suppress: readonly string[] }
  readonly groups: GroupFacts | undefined
}

interface ClaimChanges {
  readonly set: ReadonlyMap<string, unknown>
  readonly suppress: ReadonlySet<string>
}

/** The most that one answer may change (developer guide, "Pre token generation Lambda trigger"). */
const mostChanges = 5000

/** Claims that no function may set or suppress (developer guide, "Claims and scopes reference"). */
const fixed = new Set(
  `acr amr at_hash aud auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti sub
   token_use username version`.split(/\s+/),
)

/** Whose type every reader of ID tokens knows: no lists and no objects (developer guide, "Event versions"). */
const plain = new Set(['phone_number_verified', 'email_verified', 'updated_at', 'address'])

/** Reads a function's answer; throws InvalidLambdaResponse when it does not have the documented form. Pure. */
export function readCustomization({ version, response }: TokenAnswer): Customization {
  const details = readPart(response[version === 1 ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails'])
  const accessPart = version === 1 ? {} : readPart(details.accessTokenGeneration)
  const customization = {
    id: readChanges(version === 1 ? details : readPart(details.idTokenGeneration), version),
    access: readChanges(accessPart, version),
    scopes: { add: readTexts(accessPart.scopesToAdd), suppress: readTexts(accessPart.scopesToSuppress) },
    // Left out, the groups stay; null or empty takes them away.
    groups: 'groupOverrideDetails' in details ? readGroups(details.groupOverrideDetails) : undefined,
  }
  // The access token's form parts scopes by blanks (RFC 6749 section 3.3).
  if (customization.scopes.add.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) throw unreadable()
  for (const [name, value] of customization.id.set) if (plain.has(name) && typeof value === 'object') throw unreadable()
  if (countOf(customization) > mostChanges) throw unreadable()
  return customization
}

/** The claims of an ID token after a function's changes. Suppression wins over setting. Pure. */
export function customizeId(claims: Claims, { id, groups }: Customization): Claims {
  return changed(groups ? withGroups(claims, groups, true) : claims, id, () => false)
}

/** The claims of a user's or machine's access token after a function's changes. Pure. */
export function customizeAccess(claims: Claims, { access, scopes, groups }: Customization): Claims {
  const given = typeof claims.scope === 'string' ? claims.scope.split(' ').filter(Boolean) : []
  const suppressed = new Set(scopes.suppress)
  const left = [...new Set([...given, ...scopes.add])].filter((scope) => !suppressed.has(scope))
  // A machine belongs to no group.
  const grouped = groups && claims.username !== undefined ? withGroups(claims, groups, false) : claims
  // Its only audience is the client itself (developer guide, note 4 of the reference of claims).
  const mayBeSet = (name: string, value: unknown) => name === 'aud' && value === claims.client_id
  const { scope: _, ...rest } = changed(grouped, access, mayBeSet)
  return left.length > 0 ? { ...rest, scope: left.join(' ') } : rest
}

/** `cognito:groups` may be suppressed, and takes the roles with it; a developer's attribute may not be set. */
function changed(
  claims: Claims,
  { set, suppress }: ClaimChanges,
  mayBeSet: (name: string, value: unknown) => boolean,
): Claims {
  const withoutGroups = suppress.has('cognito:groups')
  const kept = [...Object.entries(claims)].filter(([name]) => {
    if (withoutGroups && groupClaims.has(name)) return false
    return isFixed(name) || !suppress.has(name)
  })
  const added = [...set].filter(
    ([name, value]) =>
      !suppress.has(name) && (mayBeSet(name, value) || !(isFixed(name) || name === 'scope' || name.startsWith('dev:'))),
  )
  return Object.fromEntries([...kept, ...added])
}

const groupClaims = new Set(['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])

function isFixed(name: string): boolean {
  return fixed.has(name) || name.startsWith('cognito:')
}

function withGroups(claims: Claims, { groups, roles, preferredRole }: GroupFacts, withRoles: boolean): Claims {
  const rest = Object.entries(claims).filter(([name]) => !groupClaims.has(name))
  return { ...Object.fromEntries(rest), ...groupsClaims({ groups, roles, preferredRole }, withRoles) }
}

/** The claims of a user's groups: names for both tokens, roles for the ID token. */
export function groupsClaims({ groups, roles, preferredRole }: GroupFacts, withRoles: boolean): Claims {
  return {
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    ...(withRoles && roles.length > 0 && { 'cognito:roles': roles }),
    ...(withRoles && preferredRole !== undefined && { 'cognito:preferred_role': preferredRole }),
  }
}

/** A part of the answer; null, nothing and the empty list that AWS's own examples send are an empty one. */
function readPart(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable()
  return { ...value }
}

function readChanges(part: Readonly<Record<string, unknown>>, version: TokenAnswer['version']): ClaimChanges {
  const set = new Map<string, unknown>()
  for (const [name, value] of Object.entries(readPart(part.claimsToAddOrOverride))) {
    if (value === null) continue
    // Version 1 knows text alone; numbers and booleans become it.
    if (version > 1 || typeof value === 'string') set.set(name, value)
    else if (typeof value === 'number' || typeof value === 'boolean') set.set(name, String(value))
    else throw unreadable()
  }
  return { set, suppress: new Set(readTexts(part.claimsToSuppress)) }
}

function readGroups(value: unknown): GroupFacts {
  const { groupsToOverride, iamRolesToOverride, preferredRole } = readPart(value)
  const preferred = Array.isArray(preferredRole) ? readTexts(preferredRole)[0] : preferredRole
  if (preferred !== undefined && preferred !== null && typeof preferred !== 'string') throw unreadable()
  return {
    groups: readTexts(groupsToOverride),
    roles: readTexts(iamRolesToOverride),
    preferredRole: preferred || undefined,
  }
}

function readTexts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) throw unreadable()
  return value
}

function countOf({ id, access, scopes, groups }: Customization): number {
  const ofClaims = id.set.size + id.suppress.size + access.set.size + access.suppress.size
  const ofGroups = groups ? groups.groups.length + groups.roles.length : 0
  return ofClaims + scopes.add.length + scopes.suppress.length + ofGroups
}

function unreadable(): PoolError {
  return new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
