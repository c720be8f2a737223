// What a grant is worth after its first tokens: refresh tokens and their rotation, tokens of machines, sessions as their
// user sees them. Nothing here knows a protocol or how a visitor signed in.
import { timingSafeEqual } from 'node:crypto'
import { writeUuid } from '../../directory/usernames.ts'
import type { Grant } from '../../store/grants.ts'
import type { World } from '../../world/world.ts'

/** What a refresh token says of itself. */
export interface RefreshTokenClaim {
  readonly grantId: string
  readonly generation: number
}

/** Bytes of a grant's id (a UUID), of the generation, and of the code that proves both. */
const idSize = 16
const generationSize = 4
const macSize = 32

/**
 * The refresh token of a generation of a grant: base64url of id, generation and a code over both, pool, client and the
 * grant's salt (docs/adr/0022). It can be computed again and is stored as a hash alone.
 */
export function makeRefreshToken(world: World, grant: RefreshSource, generation = grant.generation): string {
  const head = Buffer.alloc(idSize + generationSize)
  head.write(grant.id.replaceAll('-', ''), 'hex')
  head.writeUInt32BE(generation, idSize)
  return Buffer.concat([head, macOf(world, grant, generation)]).toString('base64url')
}

/** Takes a refresh token apart; undefined when it has not the form of one. It proves nothing yet. */
export function readRefreshToken(token: string): RefreshTokenClaim | undefined {
  if (!/^[\w-]{70}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  // One spelling of a token: bits that the last character does not use are zero.
  if (bytes.length !== idSize + generationSize + macSize || bytes.toString('base64url') !== token) return undefined
  const hex = bytes.toString('hex', 0, idSize)
  return { grantId: writeUuid(hex), generation: bytes.readUInt32BE(idSize) }
}

/** Whether we made this token for the grant, in whichever generation it names; in constant time. */
export function isRefreshTokenOf(world: World, grant: RefreshSource, token: string): boolean {
  const claim = readRefreshToken(token)
  if (claim?.grantId !== grant.id || grant.refreshSalt === undefined) return false
  const given = Buffer.from(token, 'base64url').subarray(idSize + generationSize)
  return timingSafeEqual(given, macOf(world, grant, claim.generation))
}

/** What of a grant goes into its refresh tokens. */
type RefreshSource = Pick<Grant, 'id' | 'poolId' | 'clientId' | 'generation' | 'refreshSalt'>

function macOf(world: World, { id, poolId, clientId, refreshSalt = '' }: RefreshSource, generation: number): Buffer {
  const text = [poolId, clientId, id, generation, refreshSalt].join('\0')
  return Buffer.from(world.vault.mac('refresh-token', text), 'base64url')
}
