import type { FederatedIdentity } from './identity.ts'

/** Claims as a provider sent them. */
export type Claims = Readonly<Record<string, unknown>>

/** Claims as texts and lists of texts, which is what attributes can be; what is nothing is left out. */
export function readClaims(claims: Claims): FederatedIdentity['attributes'] {
  const read: Record<string, string | readonly string[]> = Object.create(null)
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined || value === null) continue
    read[name] = Array.isArray(value) ? value.map(textOf) : textOf(value)
  }
  return read
}

/** The same with every value one text, as triggers get them (developer guide, "Inbound federation Lambda trigger"). */
export function textsOf(claims: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) =>
      value === undefined || value === null || typeof value === 'function' ? [] : [[name, textOf(value)]],
    ),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
