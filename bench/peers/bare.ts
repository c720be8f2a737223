// The bare limits: a node:http server that does only the work no server can avoid. Nothing of Poolhouse is in it.
// Run as a child process; it sends its port to its parent when it listens.
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  sign,
  verify,
} from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hash, verify as verifyHash } from '@node-rs/argon2'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = createPublicKey(privateKey)
const message = Buffer.alloc(600, 'a')
const signature = sign('RSA-SHA256', message, privateKey)

const database = new DatabaseSync(join(mkdtempSync(join(tmpdir(), 'poolhouse-bench-')), 'bare.db'))
database.exec(
  'pragma journal_mode = wal; pragma synchronous = full; create table grants (id integer primary key, value text)',
)
const insert = database.prepare('insert into grants (value) values (?)')

// The parameters of OWASP's cheat sheet that Poolhouse uses; 2 is argon2id.
const phc = await hash('Correct-horse-1', { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 })

/** Signs on the thread pool, as any server that does not want to block must. */
function signOnce(key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', message, key, (error, result) => (error ? reject(error) : resolve(result)))
  })
}

// @ts-expect-error: Node makes such keys (https://nodejs.org/api/crypto.html), its types do not know.
const mine: KeyPairKeyObjectResult = generateKeyPairSync('dh', { group: 'modp15' })
// @ts-expect-error: the same.
const yours: KeyPairKeyObjectResult = generateKeyPairSync('dh', { group: 'modp15' })

/** One power modulo the 3072-bit prime of SRP, on the thread pool. */
function power(): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    diffieHellman({ privateKey: mine.privateKey, publicKey: yours.publicKey }, (error, result) =>
      error ? reject(error) : resolve(result),
    )
  })
}

/** Each limit by its path. */
const work: Readonly<Record<string, () => unknown>> = {
  '/refresh': () => Promise.all([signOnce(privateKey), signOnce(privateKey)]),
  '/sign-in': async () => {
    if (!(await verifyHash(phc, 'Correct-horse-1'))) throw new Error('wrong')
    insert.run('x'.repeat(200))
    return Promise.all([signOnce(privateKey), signOnce(privateKey)])
  },
  '/rotate': () => {
    insert.run('x'.repeat(200))
    return Promise.all([signOnce(privateKey), signOnce(privateKey)])
  },
  '/power': power,
  '/hash': async () => {
    if (!(await verifyHash(phc, 'Correct-horse-1'))) throw new Error('wrong')
  },
  '/verify': () => verify('RSA-SHA256', message, publicKey, signature),
}

/** About what the real answers weigh. */
const answers: Readonly<Record<string, string>> = {
  '/refresh': JSON.stringify({ tokens: 'x'.repeat(2000) }),
  '/sign-in': JSON.stringify({ tokens: 'x'.repeat(2000) }),
  '/rotate': JSON.stringify({ tokens: 'x'.repeat(2000) }),
  '/verify': JSON.stringify({ user: 'x'.repeat(300) }),
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString())
    await work[request.url ?? '']?.()
    response.setHeader('content-type', 'application/json')
    response.end(answers[request.url ?? ''] ?? '{}')
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
})
