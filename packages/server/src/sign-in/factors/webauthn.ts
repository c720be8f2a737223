import { createHash, createPublicKey } from 'node:crypto'
import { PoolError } from '../../errors.ts'
import type { Credential } from './credential.ts'

export type { PublicKeyCredentialCreationOptionsJSON as CreationOptions } from '@simplewebauthn/server'

/** ES256 and RS256, which AWS offers (API reference, StartWebAuthnRegistration), by COSE's numbers (RFC 9053, RFC 8812). */
export const algorithms = [-7, -257]

/** Loaded by the first passkey: certificates and their formats are a third of all modules, and no start needs them. */
const library = () => import('@simplewebauthn/server')
const libraryParts = () => import('@simplewebauthn/server/helpers')

/** What the relying party holds an answer against. */
export interface Expected {
  readonly challenge: string
  readonly rpId: string
  readonly requireUserVerification: boolean
}

/** What a new credential brings. */
export interface NewCredential {
  /** The COSE public key in base64url. */
  readonly publicKey: string
  readonly counter: number
  /** The make of the authenticator, as a UUID. */
  readonly aaguid: string
}

/**
 * Checks a new credential by WebAuthn section 7.1; the origin is the caller's to check. Throws WebAuthnRelyingPartyMismatch
 * or WebAuthnCredentialNotSupported.
 */
export async function verifyNewCredential(credential: Credential, expected: Expected): Promise<NewCredential> {
  const { attestationObject = '' } = credential.response
  const [{ verifyRegistrationResponse }, parts] = await Promise.all([library(), libraryParts()])
  try {
    const attestation = parts.decodeAttestationObject(bytes(attestationObject))
    const { rpIdHash } = parts.parseAuthenticatorData(attestation.get('authData'))
    if (!createHash('sha256').update(expected.rpId).digest().equals(rpIdHash))
      throw new PoolError('WebAuthnRelyingPartyMismatch', 'The passkey was made for another relying party.')
    // None was asked for, so browsers send none. A certificate would make the library fetch the revocation list that the
    // certificate itself names: a stranger's address.
    const format = attestation.get('fmt')
    if (format !== 'none' && (format !== 'packed' || attestation.get('attStmt').get('x5c') !== undefined))
      throw unfit('No attestation was asked for.')
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...publicKeyCredential(credential),
        response: { clientDataJSON: credential.clientDataJSON, attestationObject },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: credential.clientData.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: expected.requireUserVerification,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified) throw unfit('The attestation is not valid.')
    const { id, publicKey, counter } = registrationInfo.credential
    if (id !== credential.id) throw unfit('The credential has another id than it says.')
    checkKey(parts, publicKey)
    return { publicKey: Buffer.from(publicKey).toString('base64url'), counter, aaguid: registrationInfo.aaguid }
  } catch (error) {
    throw error instanceof PoolError ? error : unfit('The credential is not valid.', error)
  }
}

/**
 * Checks an answer by WebAuthn section 7.2, but for the origin, whose it is, and the counter; undefined when it is wrong.
 * Without a public key it costs the same and is wrong.
 */
export async function verifyAssertion(
  credential: Credential,
  publicKey: string | undefined,
  { challenge, rpId, requireUserVerification }: Expected,
): Promise<{ counter: number; userVerified: boolean } | undefined> {
  const { authenticatorData = '', signature = '' } = credential.response
  const { verifyAuthenticationResponse } = await library()
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...publicKeyCredential(credential),
        response: { clientDataJSON: credential.clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: challenge,
      expectedOrigin: credential.clientData.origin,
      expectedRPID: rpId,
      requireUserVerification,
      // The counter is compared by the statement that moves it, which alone sees what other nodes do meanwhile.
      credential: { id: credential.id, publicKey: bytes(publicKey ?? nobodysKey), counter: 0 },
    })
    const { newCounter, userVerified } = authenticationInfo
    return verified && publicKey !== undefined ? { counter: newCounter, userVerified } : undefined
  } catch {
    return undefined
  }
}

/** Refuses points that are not on the curve, and RSA keys that are short; OpenSSL judges. */
function checkKey(
  { cose, decodeCredentialPublicKey }: Awaited<ReturnType<typeof libraryParts>>,
  publicKey: Uint8Array<ArrayBuffer>,
): void {
  const key = decodeCredentialPublicKey(publicKey)
  const text = (member: Uint8Array | undefined) => Buffer.from(member ?? []).toString('base64url')
  const { crv, x, y, n, e } = cose.COSEKEYS
  if (cose.isCOSEPublicKeyEC2(key)) {
    if (key.get(crv) !== 1) throw unfit('ES256 keys are on P-256.')
    createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: text(key.get(x)), y: text(key.get(y)) } })
  } else if (cose.isCOSEPublicKeyRSA(key)) {
    const rsa = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: text(key.get(n)), e: text(key.get(e)) } })
    if ((rsa.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) throw unfit('RSA keys have 2048 bits or more.')
  } else throw unfit('The kind of key is not supported.')
}

function publicKeyCredential({ id }: Credential) {
  return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {} }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}

/** A key for credentials that nobody has: P-256's own base point (SEC 2 section 2.4.2), as COSE. */
const nobodysKey = Buffer.from(
  'a5010203262001' +
    '2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  'hex',
).toString('base64url')

/** A credential that cannot be a passkey here. */
export function unfit(why: string, cause?: unknown): PoolError {
  return new PoolError('WebAuthnCredentialNotSupported', why, cause)
}
