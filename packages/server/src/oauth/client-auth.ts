import { PoolError } from '../errors.ts'
import { isSecret } from '../settings/clients.ts'
import { asUsed } from '../settings/own-tags.ts'
import type { Db } from '../store/db.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** A client as it names itself, by one method. */
interface Credentials {
  readonly id: string
  readonly secret: string | undefined
}

/**
 * The client that calls: by Basic or by the body, never by both (RFC 6749 section 2.3); a client with a secret must prove
 * it, one without must not send any. Every failure is the same invalid_client.
 */
export async function authenticateClient(
  db: Db,
  world: World,
  pool: Pool,
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
): Promise<Client> {
  const { id, secret } = readCredentials(authorization, parameters)
  const client = await findClient(db, id)
  if (client?.poolId !== pool.id) throw refused()
  if (client.secretSealed === undefined ? secret !== undefined : !isSecret(world, client, secret ?? '')) throw refused()
  return asUsed(pool, client)
}

function readCredentials(authorization: string | undefined, parameters: ReadonlyMap<string, string>): Credentials {
  const named = parameters.get('client_id')
  if (authorization === undefined) {
    if (named === undefined) throw new PoolError('InvalidRequest', 'client_id is missing')
    return { id: named, secret: parameters.get('client_secret') }
  }
  if (parameters.has('client_secret'))
    throw new PoolError('InvalidRequest', 'One way of client authentication at a time')
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) throw refused()
  const id = formDecode(text.slice(0, colon))
  if (named !== undefined && named !== id) throw refused()
  return { id, secret: formDecode(text.slice(colon + 1)) }
}

/** Both parts are form-encoded before they are joined (RFC 6749 appendix B). */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refused()
  }
}

function refused(): PoolError {
  return new PoolError('InvalidClient', 'Client authentication failed')
}
