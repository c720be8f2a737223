import { namedByAttribute } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { type CodeKey, consumeCode, putCode } from '../../store/codes.ts'
import type { Db } from '../../store/db.ts'
import {
  createPasskey,
  findPasskey,
  moveCounter,
  nameKey,
  type Passkey,
  passkeysOfUser,
  removePasskey,
} from '../../store/factors/passkeys.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { type Credential, readCredential } from './credential.ts'
import { checkPasskeysEnabled, type RelyingParty, relyingParty, userVerification } from './relying-party.ts'
import { algorithms, unfit, verifyAssertion, verifyNewCredential } from './webauthn.ts'

/** A user can have twenty (AWS developer guide, "quotas"). */
const most = 20

/** How long a challenge to register lives, in milliseconds. */
const challengeLifetime = 5 * 60_000

/** What the browser is told to wait, in milliseconds; AWS's number. */
const timeout = 60_000

/** Where a registration happens. */
export interface RegistrationContext {
  /** The app client that it is done with: whoever began with one cannot end with another. */
  readonly clientId?: string | undefined
  /** Origins that may hand in credentials besides the relying party's own. */
  readonly origins?: readonly string[] | undefined
}

/** What `navigator.credentials.create()` takes, as JSON (WebAuthn section 5.4), with the members that AWS gives. */
export type CreationOptions = {
  challenge: string
  rp: { id: string; name: string }
  user: { id: string; name: string; displayName: string }
  pubKeyCredParams: { alg: number; type: 'public-key' }[]
  excludeCredentials: { id: string; type: 'public-key' }[]
  authenticatorSelection: {
    requireResidentKey: boolean
    residentKey: 'required'
    userVerification: 'required' | 'preferred'
  }
  timeout: number
}

/** What `navigator.credentials.get()` takes, as JSON (WebAuthn section 5.5). */
export type RequestOptions = {
  challenge: string
  rpId: string
  allowCredentials: { id: string; type: 'public-key'; transports: string[] }[]
  userVerification: 'required' | 'preferred'
  timeout: number
}

/** What `navigator.credentials.create()` needs: begins a registration, and ends one that was under way. */
export async function startRegistration(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  { clientId }: RegistrationContext = {},
): Promise<CreationOptions> {
  checkPasskeysEnabled(pool)
  const { id } = await relyingParty(db, world, pool)
  const known = await passkeysOfUser(db, pool.id, user.id)
  if (known.length >= most) throw full()
  const challenge = newChallenge(world, `${pool.id}\0${user.id}\0${clientId ?? ''}`)
  const now = world.now()
  await putCode(db, codeKey(user), challengeMac(world, user, challenge), now, now + challengeLifetime)
  const { email, phone_number } = user.attributes
  const name = (namedByAttribute(pool) ? (email ?? phone_number) : undefined) ?? user.username
  return {
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: userVerification(pool),
    },
    challenge,
    excludeCredentials: known.map((passkey) => ({ id: passkey.id, type: 'public-key' })),
    pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' })),
    rp: { id, name: id },
    timeout,
    user: { displayName: user.attributes.name ?? name, id: userHandle(user), name },
  }
}

/**
 * Stores the passkey that a browser made. The challenge is burned by the first answer, right or wrong. Throws PoolError by
 * AWS's names, whose words tell the developer and not the user what is wrong.
 */
export async function finishRegistration(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  given: unknown,
  { clientId, origins = [] }: RegistrationContext = {},
): Promise<void> {
  checkPasskeysEnabled(pool)
  const party = await relyingParty(db, world, pool)
  const credential = readCredential(given, ['clientDataJSON', 'attestationObject'])
  const { challenge, type } = credential.clientData
  const outcome = await consumeCode(db, codeKey(user), challengeMac(world, user, challenge), world.now(), 1)
  if (outcome !== 'consumed')
    throw new PoolError('WebAuthnChallengeNotFound', 'The challenge of this registration was not found or has expired.')
  if (!isChallengeFor(world, `${pool.id}\0${user.id}\0${clientId ?? ''}`, challenge))
    throw new PoolError('WebAuthnClientMismatch', 'The registration was started with another app client.')
  if (type !== 'webauthn.create') throw new PoolError('InvalidParameter', 'The credential is not a new one.')
  if (!mayUse(party, origins, credential))
    throw new PoolError('WebAuthnOriginNotAllowed', 'The origin is not allowed to register passkeys for the user pool.')
  const requireUserVerification = userVerification(pool) === 'required'
  const expected = { challenge, rpId: party.id, requireUserVerification }
  const { publicKey, counter, aaguid } = await verifyNewCredential(credential, expected)
  const passkey: Passkey = {
    poolId: pool.id,
    id: credential.id,
    userId: user.id,
    publicKey,
    counter,
    name: passkeyName(aaguid),
    relyingParty: party.id,
    attachment: credential.attachment,
    transports: credential.transports,
    createdAt: world.now(),
  }
  const created = await createPasskey(db, passkey, most)
  if (created === 'full') throw full()
  if (created === 'taken') throw unfit('The credential is registered already.')
}

/** A user's passkeys, oldest first. */
export async function listPasskeys(db: Db, user: User): Promise<Passkey[]> {
  return passkeysOfUser(db, user.poolId, user.id)
}

/** The longest name of a passkey, in characters: what AWS's FriendlyCredentialName may be. */
export const longestPasskeyName = 128

/** Gives a passkey of a user another name; false when they have none of that id. AWS has no way to. */
export async function renamePasskey(db: Db, user: User, id: string, name: string): Promise<boolean> {
  const trimmed = name.trim()
  if (trimmed === '' || [...trimmed].length > longestPasskeyName || /\p{C}/u.test(trimmed))
    throw new PoolError('InvalidParameter', 'The name of the passkey is not valid.')
  return nameKey(db, { poolId: user.poolId, userId: user.id, id }, trimmed)
}

/** Deletes a passkey of a user; false when they have none of that id. */
export async function deletePasskey(db: Db, user: User, id: string): Promise<boolean> {
  return removePasskey(db, { poolId: user.poolId, userId: user.id, id })
}

/**
 * What `navigator.credentials.get()` needs, and its challenge, which the caller keeps in the sign-in and consumes once.
 * A user without passkeys, also one who is made up, gets the same stable one of nobody, so that the options tell nothing;
 * without a user the browser lets people choose. A challenge that was given out before is asked again.
 */
export async function askPasskey(
  db: Db,
  world: World,
  pool: Pool,
  user: Pick<User, 'id'> | undefined,
  challenge: string = Buffer.from(world.random(32)).toString('base64url'),
): Promise<{ options: RequestOptions; challenge: string }> {
  const { id: rpId } = await relyingParty(db, world, pool)
  const known = user ? await passkeysOfUser(db, pool.id, user.id) : []
  // The browser knows only those that were made for the relying party of today.
  const usable = known.filter((passkey) => passkey.relyingParty === rpId)
  const shown = user && usable.length === 0 ? [nobodysPasskey(world, pool, user.id)] : usable
  const allowCredentials = shown.map(({ id, transports }) => ({
    id,
    type: 'public-key' as const,
    transports: [...transports],
  }))
  const options = { challenge, timeout, rpId, allowCredentials, userVerification: userVerification(pool) }
  return { options, challenge }
}

/**
 * Whether an answer proves one of the user's passkeys for this challenge, and whether the authenticator verified the
 * person. An unknown credential costs the same as a wrong signature. Throws InvalidParameter for what is no credential.
 */
export async function provePasskey(
  db: Db,
  world: World,
  pool: Pool,
  user: Pick<User, 'id'>,
  given: unknown,
  challenge: string,
): Promise<{ right: boolean; userVerified: boolean }> {
  const party = await relyingParty(db, world, pool)
  const credential = readCredential(given, ['clientDataJSON', 'authenticatorData', 'signature'])
  const found = await findPasskey(db, pool.id, credential.id)
  const mine = found?.userId === user.id ? found : undefined
  const requireUserVerification = userVerification(pool) === 'required'
  const expected = { challenge, rpId: party.id, requireUserVerification }
  const proof = await verifyAssertion(credential, mine?.publicKey, expected)
  const handle = credential.response.userHandle
  const right = mayUse(party, [], credential) && (handle === undefined || handle === userHandle(user))
  if (!mine || !proof || !right) return { right: false, userVerified: false }
  if (await moveCounter(db, mine, proof.counter)) return { right: true, userVerified: proof.userVerified }
  world.log.warn('passkey counter went back', { poolId: pool.id })
  return { right: false, userVerified: false }
}

/** A page of the relying party itself, not in a frame of another site. */
function mayUse(party: RelyingParty, origins: readonly string[], { clientData }: Credential): boolean {
  return !clientData.framed && (party.allows(clientData.origin) || origins.includes(clientData.origin))
}

/** A random challenge that says for whom it was made, to whoever has the master key. */
function newChallenge(world: World, whom: string): string {
  const random = Buffer.from(world.random(24)).toString('base64url')
  return random + proofOf(world, whom, random)
}

function isChallengeFor(world: World, whom: string, challenge: string): boolean {
  return challenge.slice(32) === proofOf(world, whom, challenge.slice(0, 32))
}

function proofOf(world: World, whom: string, random: string): string {
  return world.vault.mac('passkey challenge', `${whom}\0${random}`).slice(0, 16)
}

function codeKey(user: User): CodeKey {
  return { poolId: user.poolId, userId: user.id, purpose: 'passkey' }
}

function challengeMac(world: World, user: User, challenge: string): string {
  return world.vault.mac('passkey', [user.poolId, user.id, challenge].join('\0'))
}

/** The `sub`: it tells nothing about a person (WebAuthn section 14.6.1). */
function userHandle(user: Pick<User, 'id'>): string {
  return Buffer.from(user.id).toString('base64url')
}

function nobodysPasskey(world: World, pool: Pool, userId: string): Pick<Passkey, 'id' | 'transports'> {
  return { id: world.vault.mac('passkey of nobody', `${pool.id}\0${userId}`), transports: ['hybrid', 'internal'] }
}

function full(): PoolError {
  return new PoolError('LimitExceeded', `A user can have at most ${most} passkeys.`)
}

/** Where the passkeys of well-known keepers are, by the id of the authenticator (AAGUID); these are public. */
const keepers: Readonly<Record<string, string>> = {
  '08987058-cadc-4b81-b6e1-30de50dcbe96': 'Windows Hello',
  '531126d6-e717-415c-9320-3d9aa6981239': 'Dashlane',
  '6028b017-b1d4-4c02-b4b3-afcdafc96bb2': 'Windows Hello',
  '9ddd1817-af5a-4672-a2b9-3e3dd95000a9': 'Windows Hello',
  'bada5566-a7aa-401f-bd96-45619a55120d': '1Password',
  'd548826e-79b4-db40-a3d8-11116f7e8349': 'Bitwarden',
  'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4': 'Google Password Manager',
  'fbfc3007-154e-4ecc-8c0b-6e020557d7bd': 'iCloud Keychain',
}

/** A name that helps people tell their passkeys apart. */
function passkeyName(aaguid: string): string {
  return keepers[aaguid] ?? 'Passkey'
}
