import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localCertificate } from './certificates.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificates-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const names = ['localhost', '*.auth.eu-west-1.localhost']

/** The outcome of a TLS handshake with a server that shows the certificate, by a client that asks for the name. */
async function shakeHands(certificate: { key: string; cert: string }, servername: string, ca: string) {
  const server = createServer(certificate, (_incoming, outgoing) => outgoing.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const outcome = await new Promise<string>((resolve) => {
    request({ host: '127.0.0.1', port, servername, ca, agent: false, headers: { host: servername } }, (response) => {
      response.resume()
      resolve('trusted')
    })
      .on('error', (error) => resolve(error.message))
      .end()
  })
  server.close()
  return outcome
}

test('clients that trust the authority trust the server under its names alone', async () => {
  const certificate = await localCertificate(folder, names, Date.now())
  const ca = await readFile(certificate.authorityFile, 'utf8')
  expect(await shakeHands(certificate, 'localhost', ca)).toBe('trusted')
  expect(await shakeHands(certificate, 'dev.auth.eu-west-1.localhost', ca)).toBe('trusted')
  expect(await shakeHands(certificate, 'example.com', ca)).toMatch(/does not match certificate's altnames/)
  const { subjectAltName } = new X509Certificate(certificate.cert)
  expect(subjectAltName).toBe(
    'DNS:localhost, DNS:*.auth.eu-west-1.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
})

test('the authority cannot vouch for other names', async () => {
  const foreign = await localCertificate(folder, ['example.com'], Date.now())
  const ca = await readFile(foreign.authorityFile, 'utf8')
  expect(await shakeHands(foreign, 'example.com', ca)).toBe('permitted subtree violation')
})

test('the authority is kept, and its key is readable by its owner alone', async () => {
  const { authorityFile } = await localCertificate(folder, names, Date.now())
  const before = await readFile(authorityFile, 'utf8')
  await localCertificate(folder, names, Date.now())
  expect(await readFile(authorityFile, 'utf8')).toBe(before)
  expect((await stat(join(folder, 'ca-key.pem'))).mode & 0o777).toBe(0o600)
})

test('an authority near its end is made anew', async () => {
  const { authorityFile } = await localCertificate(folder, names, Date.now())
  const before = await readFile(authorityFile, 'utf8')
  await localCertificate(folder, names, Date.now() + 3640 * 24 * 3_600_000)
  expect(await readFile(authorityFile, 'utf8')).not.toBe(before)
})
