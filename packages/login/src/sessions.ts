import { type Expected, type IdTokenClaims, readIdToken } from './id-token.ts'
import { LoginError } from './login-error.ts'

/** Everything a signed-in visitor has here. The ID token itself is not kept: its claims are. */
export interface Session {
  accessToken: string
  refreshToken: string | undefined
  claims: IdTokenClaims
  /** Milliseconds, by this device's clock. */
  expiresAt: number
  lifetime: number
}

/** Where one session is kept. Read and written under the lock only. */
export interface SessionStore {
  read(): Promise<Session | undefined>
  write(session: Session | undefined): Promise<void>
}

/** The session a token endpoint's answer makes; `before` lends what a refresh leaves out. */
export function readSession(answer: Record<string, unknown>, expected: Expected, before?: Session): Session {
  const { access_token, token_type, refresh_token, id_token, expires_in } = answer
  if (typeof access_token !== 'string' || !/^bearer$/i.test(`${token_type}`))
    throw new LoginError('server', 'No bearer token in the answer')
  // A refresh may come without an ID token (OIDC Core 12.2), a sign-in may not.
  const claims = before && id_token === undefined ? before.claims : readIdToken(id_token, expected)
  // expires_in and not exp: it holds by the clock of a device that is off.
  const lifetime = (Number(expires_in) || 300) * 1000
  return {
    accessToken: access_token,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : before?.refreshToken,
    claims,
    expiresAt: Date.now() + lifetime,
    lifetime,
  }
}

/** A store that ends with the page. */
export function memoryStore(): SessionStore {
  let kept: Session | undefined
  return {
    read: async () => kept,
    write: async (session) => {
      kept = session
    },
  }
}

/**
 * A store all tabs share. IndexedDB, because a transaction reads what another process has committed; localStorage
 * promises no such thing, whatever lock is held around it (https://github.com/whatwg/html/issues/403).
 */
export function deviceStore(key: string): SessionStore {
  return {
    read: () => run<Session | undefined>('readonly', (table) => table.get(key)),
    write: (session) => run<void>('readwrite', (table) => (session ? table.put(session, key) : table.delete(key))),
  }
}

/** Opened per use: a connection kept open keeps the page out of the back-forward cache and dies unannounced. */
async function run<T>(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest): Promise<T> {
  try {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('poolhouse-login', 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore('sessions')
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    // Strict: a rotated refresh token that a power cut forgets would end the session.
    const transaction = database.transaction('sessions', mode, { durability: 'strict' })
    const request = act(transaction.objectStore('sessions'))
    // Takes effect when the transaction is over (IndexedDB 3.0, "close a database connection").
    database.close()
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    return request.result
  } catch (cause) {
    throw new LoginError('config', 'IndexedDB fails', { cause })
  }
}
