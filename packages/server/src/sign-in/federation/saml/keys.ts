import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Db } from '../../../store/db.ts'
import { createSamlKey, findSamlKey, type SamlKeyRecord } from '../../../store/federation/saml.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import { keyCertificate } from '../../../world/certificates.ts'
import type { World } from '../../../world/world.ts'

/** A pool's certificate for signing or encryption, base64 DER; its key is made when it is first asked for. */
export async function samlCertificate(
  db: Db,
  world: World,
  pool: Pool,
  purpose: SamlKeyRecord['purpose'],
): Promise<string> {
  return (await keyRecord(db, world, pool, purpose)).certificate
}

/** The key that a pool signs its requests with. */
export async function samlSigningKey(db: Db, world: World, pool: Pool): Promise<KeyObject> {
  return openKey(world, await keyRecord(db, world, pool, 'signing'))
}

/** The keys that assertions for a pool may be encrypted for; none before somebody was shown the certificate. */
export async function samlDecryptionKeys(db: Db, world: World, pool: Pool): Promise<KeyObject[]> {
  const known = await findSamlKey(db, pool.id, 'encryption')
  return known ? [openKey(world, known)] : []
}

async function keyRecord(db: Db, world: World, pool: Pool, purpose: SamlKeyRecord['purpose']): Promise<SamlKeyRecord> {
  const known = await findSamlKey(db, pool.id, purpose)
  if (known) return known
  const { privatePem } = await world.signingKeyPair()
  const certificate = await keyCertificate(privatePem, pool.id, world.now())
  const privateSealed = world.vault.seal(sealPlace(pool.id, purpose), privatePem)
  await createSamlKey(db, { poolId: pool.id, purpose, certificate, privateSealed }, world.now())
  // Two nodes may have made one at once: the first one's is everybody's.
  const stored = await findSamlKey(db, pool.id, purpose)
  if (!stored) throw new Error(`Pool ${pool.id} has no SAML ${purpose} key`)
  return stored
}

function openKey(world: World, { poolId, purpose, privateSealed }: SamlKeyRecord): KeyObject {
  return createPrivateKey(world.vault.open(sealPlace(poolId, purpose), privateSealed))
}

function sealPlace(poolId: string, purpose: string): string {
  return `saml_keys:${poolId}:${purpose}`
}
