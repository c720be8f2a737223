import { newCode } from '../directory/codes.ts'
import { countAttempt } from '../directory/limits.ts'
import { type CodeDelivery, composeCode, describeDelivery, simulatedAddress } from '../directory/messages.ts'
import { readVerifier, srpIdentity } from '../directory/passwords/keep.ts'
import { drawServerShare, isClientShare, type SrpIdentity } from '../directory/passwords/srp.ts'
import type { Address } from '../directory/triggers/messages.ts'
import { namedByAttribute, usernameKey, writeUuid } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { insertMessage } from '../store/outbox.ts'
import type { User } from '../store/users.ts'
import type { Message, World } from '../world/world.ts'
import { rememberedDevice } from './factors/devices.ts'
import { askPasskey } from './factors/passkeys.ts'
import { factorAddress, factorsToSetUp, firstFactors, userFactors } from './factors.ts'
import { type Asked, type Ground, type Known, type SignInState, storeStep } from './state.ts'

/** A state without its step: what asking a step adds to. */
export type Standing = Omit<SignInState, 'step' | 'codeMac' | 'sealed' | 'isFirst' | 'newAddress'>

/** Asks for a new password and what the pool still wants to know. */
export async function askNewPassword(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const { user } = known
  const session = await storeStep(ground, known, { ...standing, step: 'NEW_PASSWORD_REQUIRED' })
  const requiredAttributes = user ? missingAttributes(ground, user) : []
  return { ...shown(ground, known), step: 'NEW_PASSWORD_REQUIRED', session, requiredAttributes }
}

/** Required attributes that an invited user does not have yet. */
export function missingAttributes({ party: { pool } }: Ground, user: User): string[] {
  return (pool.settings.SchemaAttributes ?? []).flatMap(({ Name, Required }) =>
    Required && Name !== undefined && Name !== 'sub' && !user.attributes[Name] ? [Name] : [],
  )
}

/** The steps that ask for a code that was sent. */
export type SentCodeStep = 'SMS_MFA' | 'EMAIL_OTP' | 'SMS_OTP'

/**
 * Sends a one-time code and asks for it; to a name that no user has, the same without a message. Throws LimitExceeded when
 * the hour's are used up.
 */
export async function askCode(
  ground: Ground,
  known: Known,
  standing: Standing,
  step: SentCodeStep,
  purpose: Pick<SignInState, 'isFirst' | 'newAddress'> = {},
): Promise<Asked> {
  await countAttempt(ground.db, ground.world, ground.party.pool, known.subject, 'SignInCode')
  const { codeMac, message } = await drawCode(ground, known, { step, ...purpose })
  const state: SignInState = { ...standing, step, codeMac, ...purpose }
  const session = await storeStep(ground, known, state, undefined, async (inner) => {
    if (message) await insertMessage(inner, ground.world, message)
  })
  return { ...shown(ground, known), step, session, delivery: codeDelivery(ground, known, { step, ...purpose }) }
}

/** A code that is sent: for which step, and whether to an address that it sets up. */
export interface SentCode {
  readonly step: SentCodeStep
  readonly newAddress?: string | undefined
}

/** A new code: its MAC, and the message that brings it to whoever exists. */
export async function drawCode(
  ground: Ground,
  known: Known,
  sent: SentCode,
): Promise<{ codeMac: string; message: Message | undefined }> {
  const { world, party, metadata } = ground
  const code = newCode(world)
  const address = codeAddress(ground, known, sent)
  const message =
    known.user && (await composeCode(world, party, known.user, address, 'Authentication', code, { metadata }))
  return { codeMac: codeMac(ground, known, code), message }
}

/** Where the codes of a step go, as the visitor may know it. */
export function codeDelivery(ground: Ground, known: Known, sent: SentCode): CodeDelivery {
  return describeDelivery(codeAddress(ground, known, sent))
}

function codeAddress({ world, party }: Ground, known: Known, { step, newAddress }: SentCode): Address {
  const attribute = factorAddress[step]
  return {
    attribute,
    value: newAddress ?? known.user?.attributes[attribute] ?? simulatedAddress(world, party.pool, known.username),
  }
}

/** A code's MAC, bound to whom it was sent to. */
export function codeMac({ world, party }: Ground, { subject }: Known, code: string): string {
  return world.vault.mac('sign-in-code', [party.pool.id, subject, code].join('\0'))
}

/** Asks for a code of the user's authenticator app. */
export async function askTotp(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const session = await storeStep(ground, known, { ...standing, step: 'SOFTWARE_TOKEN_MFA' })
  return { ...shown(ground, known), step: 'SOFTWARE_TOKEN_MFA', session }
}

/** Asks which second factor to use. */
export async function askFactor(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const session = await storeStep(ground, known, { ...standing, step: 'SELECT_MFA_TYPE' })
  const factors = known.user ? userFactors(ground.party.pool, known.user) : []
  return { ...shown(ground, known), step: 'SELECT_MFA_TYPE', session, factors }
}

/** Asks a user without second factor to set one up. */
export async function askSetUp(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const session = await storeStep(ground, known, { ...standing, step: 'MFA_SETUP' })
  const factors = known.user ? factorsToSetUp(ground.party, known.user) : []
  return { ...shown(ground, known), step: 'MFA_SETUP', session, factors }
}

/** Asks how the visitor wants to begin. */
export async function askChoice(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const available = await firstFactors(ground.db, ground.party.pool, known.user)
  const session = await storeStep(ground, known, { ...standing, step: 'SELECT_CHALLENGE' })
  return { ...shown(ground, known), step: 'SELECT_CHALLENGE', session, available }
}

/** Asks for a first factor that needs nothing prepared. */
export async function askPassword(
  ground: Ground,
  known: Known,
  standing: Standing,
  step: 'PASSWORD' | 'PASSWORD_SRP',
): Promise<Asked> {
  const session = await storeStep(ground, known, { ...standing, step })
  return { ...shown(ground, known), step, session }
}

/** Asks for a passkey. */
export async function askForPasskey(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const { db, world, party } = ground
  const { options, challenge } = await askPasskey(db, world, party.pool, known.user)
  const session = await storeStep(ground, known, { ...standing, step: 'WEB_AUTHN' }, { challenge })
  return { ...shown(ground, known), step: 'WEB_AUTHN', session, options }
}

/** Begins an SRP exchange about the password; a name that no user has gets a salt that stays the same. */
export async function askVerifier(ground: Ground, known: Known, standing: Standing, A: string): Promise<Asked> {
  checkShare(A)
  const { db, world, party } = ground
  const kept = known.user && (await readVerifier(db, world, known.user))
  const { shownName } = shown(ground, known)
  const { salt, verifier } = kept ?? fakeVerifier(world, known)
  const identity = srpIdentity({ poolId: party.pool.id, username: shownName })
  return exchange(ground, known, standing, 'PASSWORD_VERIFIER', { identity, salt, verifier, A, real: Boolean(kept) })
}

/** Asks for the proof of a remembered device; which one, the state says. */
export async function askDevice(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const session = await storeStep(ground, known, { ...standing, step: 'DEVICE_SRP_AUTH' })
  return { ...shown(ground, known), step: 'DEVICE_SRP_AUTH', session }
}

/** Begins an SRP exchange about a device. */
export async function askDeviceVerifier(ground: Ground, known: Known, standing: Standing, A: string): Promise<Asked> {
  checkShare(A)
  const { db, world } = ground
  const { user } = known
  const device = user && standing.deviceKey && (await rememberedDevice(db, world, user, standing.deviceKey))
  if (!device) throw new PoolError('ResourceNotFound', 'Device does not exist.')
  const identity = { group: device.groupKey, name: standing.deviceKey ?? '' }
  const { salt, verifier } = device
  return exchange(ground, known, standing, 'DEVICE_PASSWORD_VERIFIER', { identity, salt, verifier, A, real: true })
}

async function exchange(
  ground: Ground,
  known: Known,
  standing: Standing,
  step: 'PASSWORD_VERIFIER' | 'DEVICE_PASSWORD_VERIFIER',
  srp: { identity: SrpIdentity; salt: string; verifier: string; A: string; real: boolean },
): Promise<Asked> {
  const { salt, ...rest } = srp
  const { B, secret } = drawServerShare(ground.world, srp.verifier)
  const session = await storeStep(ground, known, { ...standing, step }, { srp: { ...rest, B, secret } })
  const device = step === 'DEVICE_PASSWORD_VERIFIER' && { deviceKey: srp.identity.name }
  return { ...shown(ground, known), step, session, srp: { salt, B }, ...device }
}

function checkShare(A: string): void {
  if (!isClientShare(A)) throw new PoolError('InvalidParameter', 'SRP_A is not valid')
}

/** RFC 5054 section 2.5.1.3: a salt that is the same at every call, and a verifier that nothing proves. */
function fakeVerifier(world: World, { subject }: Known): { salt: string; verifier: string } {
  const hex = (text: string) => Buffer.from(world.vault.mac('srp', `${subject}\0${text}`), 'base64url').toString('hex')
  const verifier = Array.from({ length: 12 }, (_, index) => hex(`verifier ${index}`)).join('')
  // The first bit is off, so that the number is below N.
  return { salt: hex('salt').slice(0, 32), verifier: `00${verifier.slice(2)}` }
}

/** What the client may know of whom this is about. */
export function shown({ world, party: { pool } }: Ground, known: Known): Pick<Asked, 'user' | 'shownName'> {
  const { user, username, subject } = known
  if (user) return { user, shownName: user.username }
  const byAlias = (pool.settings.AliasAttributes ?? []).length > 0 && /[@+]/.test(username)
  if (!namedByAttribute(pool) && !byAlias) return { user, shownName: usernameKey(pool, username) }
  const hex = Buffer.from(world.vault.mac('shown-name', subject), 'base64url').toString('hex')
  return { user, shownName: writeUuid(`${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17, 32)}`) }
}
