import { timingSafeEqual } from 'node:crypto'
import type { Party } from '../../directory/register.ts'
import { preAuthentication } from '../../directory/triggers/authentication.ts'
import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import { createSignInOnce, type Door } from '../../store/sign-ins.ts'
import { findUser } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { firstFactors, isEnough } from '../factors.ts'
import { type Progress, proceed } from '../proceed.ts'
import { wrong } from '../prove.ts'
import { expired, type Ground, type Known, type SignInState, signInKey } from '../state.ts'
import { readCredential } from './credential.ts'
import { askPasskey, provePasskey, type RequestOptions } from './passkeys.ts'

/** How long an offer stands, in milliseconds. */
const lifetime = 5 * 60_000

/**
 * What a browser needs to sign in with a passkey before anybody has said a name: the passkey says whose it is. Nothing is
 * stored: the challenge itself says until when it stands and for which browser (`binding`, which only that one has).
 */
export async function offerPasskeys(db: Db, world: World, party: Party, binding: string): Promise<RequestOptions> {
  const until = Buffer.alloc(6)
  until.writeUIntBE(world.now() + lifetime, 0, 6)
  const random = Buffer.from(world.random(24)).toString('base64url')
  const head = `${random}${until.toString('base64url')}`
  const challenge = `${head}${proofOf(world, party, binding, head)}`
  return (await askPasskey(db, world, party.pool, undefined, challenge)).options
}

/** Begins and proves a sign-in with the answer to an offer, which works once; throws PoolError. */
export async function signInWithPasskey(
  db: Db,
  world: World,
  party: Party,
  { door, credential, binding }: { readonly door: Door; readonly credential: unknown; readonly binding: string },
): Promise<Progress> {
  const { pool, client } = party
  const { clientData, response } = readCredential(credential, ['clientDataJSON', 'authenticatorData', 'signature'])
  const { challenge } = clientData
  if (!stands(world, party, binding, challenge)) throw expired()
  const burned: SignInState = { username: '', step: 'WEB_AUTHN', proven: [] }
  const record = { userId: undefined, state: JSON.stringify(burned), expiresAt: world.now() + lifetime }
  if (!(await createSignInOnce(db, { ...signInKey(party, door, challenge), ...record }))) throw expired()
  const handle = Buffer.from(response.userHandle ?? '', 'base64url').toString()
  const user = /^[0-9a-f-]{36}$/.test(handle) ? await findUser(db, pool.id, handle) : undefined
  const known: Known = { user, username: user?.username ?? '', subject: user?.id ?? '' }
  if (user) await preAuthentication(world, pool, client, known)
  const proof = await provePasskey(db, world, pool, user ?? { id: '' }, credential, challenge)
  if (!user || !isEnough(pool, proof) || !(await firstFactors(db, pool, user)).includes('WEB_AUTHN'))
    throw new PoolError('NotAuthorized', wrong)
  const ground: Ground = { db, world, party, door }
  return proceed(ground, known, { username: user.username, proven: ['passkey'] })
}

function stands(world: World, party: Party, binding: string, challenge: string): boolean {
  const head = challenge.slice(0, 40)
  const [given, right] = [Buffer.from(challenge.slice(40)), Buffer.from(proofOf(world, party, binding, head))]
  if (given.length !== right.length || !timingSafeEqual(given, right)) return false
  return Buffer.from(head.slice(32), 'base64url').readUIntBE(0, 6) > world.now()
}

function proofOf(world: World, { pool, client }: Party, binding: string, head: string): string {
  return world.vault.mac('passkey offer', [pool.id, client.id, binding, head].join('\0')).slice(0, 24)
}
