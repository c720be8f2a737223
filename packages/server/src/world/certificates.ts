import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a TLS listener in development needs. */
export interface LocalCertificate {
  /** Private key and chain of the server, PEM. */
  readonly key: string
  readonly cert: string
  /** The file of the authority that clients are to trust. */
  readonly authorityFile: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 24 * 3_600_000
const loopback = ['127.0.0.1', '::1'] as const

/**
 * A certificate for names at `localhost` and for the loopback addresses, under an authority that is made once and kept in
 * the folder. The authority can vouch for these alone, so that whoever reads its key gains nothing elsewhere.
 */
export async function localCertificate(
  folder: string,
  names: readonly string[],
  now: number,
): Promise<LocalCertificate> {
  const x509 = await loadX509()
  const authority = (await readAuthority(x509, folder, now)) ?? (await makeAuthority(x509, folder, now))
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: authority.certificate.subject,
    notBefore: new Date(now - day),
    // Browsers take no more than 398 days; a server in development is started anew sooner.
    notAfter: new Date(Math.min(now + 390 * day, authority.certificate.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value }) as const),
        ...loopback.map((value) => ({ type: 'ip', value }) as const),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  })
  return {
    key: await exportKey(keys.privateKey),
    cert: `${certificate.toString('pem')}\n${authority.certificate.toString('pem')}\n`,
    authorityFile: join(folder, 'ca.pem'),
  }
}

/**
 * A certificate that says whose an RSA key is and no more, base64 DER, for ten years as AWS's: SAML providers want the
 * key in this form. The key is PKCS #8 PEM.
 */
export async function keyCertificate(privatePem: string, name: string, now: number): Promise<string> {
  const x509 = await loadX509()
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const
  const privateKey = createPrivateKey(privatePem)
  const [pkcs8, spki] = [
    privateKey.export({ format: 'der', type: 'pkcs8' }),
    createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
  ]
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    notBefore: new Date(now - day),
    notAfter: new Date(now + 3650 * day),
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, rsa, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, rsa, true, ['verify']),
    },
    signingAlgorithm: rsa,
  })
  return certificate.toString('base64')
}

type X509 = typeof import('@peculiar/x509')

interface Authority {
  readonly certificate: InstanceType<X509['X509Certificate']>
  readonly privateKey: webcrypto.CryptoKey
}

/** The library's container asks for the metadata of decorators, of which it uses none. */
async function loadX509(): Promise<X509> {
  const none = { getMetadata: () => undefined, getOwnMetadata: () => undefined, defineMetadata: () => {} }
  for (const [name, value] of Object.entries(none)) if (!(name in Reflect)) Reflect.set(Reflect, name, value)
  return import('@peculiar/x509')
}

/** The authority of the folder while it is good for another month. */
async function readAuthority(x509: X509, folder: string, now: number): Promise<Authority | undefined> {
  try {
    const certificate = new x509.X509Certificate(await readFile(join(folder, 'ca.pem'), 'utf8'))
    if (certificate.notAfter.getTime() < now + 30 * day) return undefined
    const key = x509.PemConverter.decodeFirst(await readFile(join(folder, 'ca-key.pem'), 'utf8'))
    return { certificate, privateKey: await webcrypto.subtle.importKey('pkcs8', key, algorithm, true, ['sign']) }
  } catch {
    // Missing or unreadable: a new one is made, and its path is printed at every start.
    return undefined
  }
}

async function makeAuthority(x509: X509, folder: string, now: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Poolhouse development on this machine',
    notBefore: new Date(now - day),
    notAfter: new Date(now + 3650 * day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.Extension(nameConstraintsId, true, permittedNames()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writePrivate(join(folder, 'ca-key.pem'), await exportKey(keys.privateKey))
  await writePrivate(join(folder, 'ca.pem'), `${certificate.toString('pem')}\n`)
  return { certificate, privateKey: keys.privateKey }
}

const nameConstraintsId = '2.5.29.30'

/** NameConstraints (RFC 5280 section 4.2.1.10) in DER: names at localhost, the two loopback addresses with full masks. */
function permittedNames(): Uint8Array<ArrayBuffer> {
  const value = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts)
    return Buffer.from([tag, body.length, ...body])
  }
  const sequence = 0x30
  const permitted = 0xa0
  const dnsName = 0x82
  const ipAddress = 0x87
  const ipv4 = Buffer.from([127, 0, 0, 1])
  const ipv6 = Buffer.from([...new Uint8Array(15), 1])
  const subtrees = [
    value(sequence, value(dnsName, Buffer.from('localhost'))),
    ...[ipv4, ipv6].map((address) => value(sequence, value(ipAddress, address, Buffer.alloc(address.length, 255)))),
  ]
  return Uint8Array.from(value(sequence, value(permitted, ...subtrees)))
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n').trim()}\n-----END PRIVATE KEY-----\n`
}

/** Written whole or not at all, and only its owner may read it. */
async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
