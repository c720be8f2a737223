import { PoolError } from '../../errors.ts'
import { isOutboundUrl } from '../../world/outbound.ts'
import type { World } from '../../world/world.ts'
import { checkCertificatesCurrent, readMetadata, type SamlMetadata } from './metadata.ts'

/** What a SAML provider's details ask of us (AWS API reference, CreateIdentityProvider: ProviderDetails). */
export interface SamlSwitches {
  /** Sign-out here ends the session there. */
  readonly signOut: boolean
  /** The provider may begin. */
  readonly providerBegins: boolean
  /** Assertions in the clear are refused. */
  readonly encrypted: boolean
  /** Requests are signed. */
  readonly signed: boolean
}

const switches = ['IDPSignout', 'IDPInit', 'EncryptedResponses'] as const

/** The members of ProviderDetails that AWS shows and takes back; they follow from the rest. */
export const derivedDetails: readonly string[] = [
  'SSORedirectBindingURI',
  'SLORedirectBindingURI',
  'ActiveEncryptionCertificate',
]

const known: readonly string[] = [
  'MetadataURL',
  'MetadataFile',
  'RequestSigningAlgorithm',
  ...switches,
  ...derivedDetails,
]

/** As long as AWS's values may be. */
const longestValue = 131_072

/** Metadata of a federation's member can be long. */
const longestDocument = 1_000_000

/**
 * Checks what a SAML provider is set up with and gives what is stored of it. Metadata at an address is fetched, as on AWS,
 * so that a mistake shows now and not at somebody's sign-in.
 */
export async function readSamlDetails(
  world: World,
  given: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) throw invalid(`Invalid ProviderDetails: ${name} is not known for a SAML provider.`)
    if (value.length > longestValue || value.includes('\0')) throw invalid(`Invalid ProviderDetails: ${name}.`)
  }
  const { MetadataURL, MetadataFile, RequestSigningAlgorithm } = given
  if ((MetadataURL === undefined) === (MetadataFile === undefined))
    throw invalid('ProviderDetails of a SAML provider must have either MetadataURL or MetadataFile.')
  if (RequestSigningAlgorithm !== undefined && RequestSigningAlgorithm !== 'rsa-sha256')
    throw invalid('RequestSigningAlgorithm must be rsa-sha256.')
  for (const name of switches)
    if (!/^(?:true|false)$/i.test(given[name] ?? 'false')) throw invalid(`${name} must be true or false.`)
  if (MetadataURL !== undefined && !isOutboundUrl(world.config, MetadataURL))
    throw invalid('Invalid ProviderDetails: MetadataURL is not an address that can be used.')
  const document = MetadataFile ?? (await fetchMetadata(world, MetadataURL ?? ''))
  const metadata = await readMetadata(document)
  checkCertificatesCurrent(metadata, world.now())
  if (readSwitches(given).signOut && !metadata.signOut)
    throw invalid('IDPSignout needs a SingleLogoutService with the HTTP-Redirect binding in the metadata.')
  return {
    ...Object.fromEntries(Object.entries(given).filter(([name]) => !derivedDetails.includes(name))),
    ...shown(metadata),
  }
}

/** The switches of stored details. */
export function readSwitches(details: Readonly<Record<string, string>>): SamlSwitches {
  const on = (name: (typeof switches)[number]) => details[name]?.toLowerCase() === 'true'
  return {
    signOut: on('IDPSignout'),
    providerBegins: on('IDPInit'),
    encrypted: on('EncryptedResponses'),
    signed: details.RequestSigningAlgorithm !== undefined,
  }
}

/** The document at an address of the settings; InvalidParameter when there is none to be had. */
export async function fetchMetadata(world: World, address: string): Promise<string> {
  let why: unknown
  try {
    const answer = await world.outbound.send({
      url: new URL(address),
      method: 'GET',
      headers: {},
      limit: longestDocument,
    })
    if (answer.status === 200) return answer.body
    why = new Error(`status ${answer.status}`)
  } catch (error) {
    why = error
  }
  // One sentence for every reason, so that no answer maps a network.
  throw new PoolError('InvalidParameter', 'The SAML metadata cannot be fetched from MetadataURL.', why)
}

function shown({ signOn, signOut }: SamlMetadata): Readonly<Record<string, string>> {
  return { SSORedirectBindingURI: signOn, ...(signOut && { SLORedirectBindingURI: signOut.request }) }
}

function invalid(why: string): PoolError {
  return new PoolError('InvalidParameter', why)
}
