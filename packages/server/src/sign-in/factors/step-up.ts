import type { Db } from '../../store/db.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import { readHint } from '../../tokens/assurance/hint.ts'
import { askedLevels, type Level, levelOf, type Method } from '../../tokens/assurance/levels.ts'
import type { AuthorizationRequest } from '../../tokens/authorization.ts'
import type { World } from '../../world/world.ts'
import { userFactors } from '../factors.ts'
import type { Proof, SecondFactor } from '../next-step.ts'

/** Who is signed in with a browser, and how surely. Times are milliseconds. */
export interface SignedIn {
  readonly user: User
  readonly authTime: number
  readonly methods: readonly Method[]
}

/**
 * Whether who is signed in answers an authorization request without being asked anything: not where the request wants the
 * visitor asked, a younger sign-in, somebody else, or a higher level that the user could reach (OpenID Connect Core 3.1.2.1;
 * developer guide, "Step-up authentication request").
 */
export async function mayGoOn(
  db: Db,
  world: World,
  pool: Pool,
  { prompt, maxAge, acrValues, idTokenHint }: AuthorizationRequest,
  { user, authTime, methods }: SignedIn,
): Promise<boolean> {
  if (prompt !== undefined && prompt !== 'none') return false
  if (maxAge !== undefined && (maxAge === 0 || world.now() - authTime > maxAge * 1000)) return false
  if (idTokenHint !== undefined && (await readHint(db, world, pool, idTokenHint))?.userId !== user.id) return false
  const reached = levelOf(methods) ?? 0
  const factors = userFactors(pool, user)
  // The first level that the user can reach is the one that counts.
  const level = askedLevels(pool, acrValues).find((one) => reached >= one || factorsFor(one, factors).length > 0)
  return level === undefined || reached >= level
}

/**
 * The second factors that lift a sign-in to the first of the levels that it can reach; none when it is there already or
 * cannot be lifted. Only a password is lifted: the table knows no level for a code or a passkey with something more. Pure.
 */
export function stepUpFactors(
  levels: readonly Level[],
  proven: readonly Proof[],
  factors: readonly SecondFactor[],
): readonly SecondFactor[] {
  if (!proven.includes('password')) return []
  for (const level of levels) {
    if (level === 1) return []
    const enough = factorsFor(level, factors)
    if (enough.length > 0) return enough
  }
  return []
}

/** The second factors that reach a level beside a password. */
function factorsFor(level: Level, factors: readonly SecondFactor[]): readonly SecondFactor[] {
  if (level === 1) return []
  return level === 4 ? factors.filter((factor) => factor === 'SOFTWARE_TOKEN_MFA') : factors
}

const methodOf: { readonly [Name in Proof | SecondFactor]?: Method } = {
  password: 'pwd',
  'email-otp': 'email_otp',
  'sms-otp': 'sms',
  // The key's kind is only what its browser says of it; the weaker word claims less.
  passkey: 'swk',
  federated: 'fed',
  SMS_MFA: 'sms',
  EMAIL_OTP: 'email_otp',
  SOFTWARE_TOKEN_MFA: 'otp',
}

/** What was proven, as `amr` spells it. Pure. */
export function methodsOf(proven: readonly Proof[], second: SecondFactor | undefined): readonly Method[] {
  const names = second && proven.includes('second-factor') ? [...proven, second] : proven
  return [...new Set(names.flatMap((name) => methodOf[name] ?? []))]
}
