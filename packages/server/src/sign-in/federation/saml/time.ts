import { malformed } from '../../../settings/saml/xml.ts'

/** How far a provider's clock may be from ours, in milliseconds. */
export const clockSkew = 60_000

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

/** An xs:dateTime with its zone, in milliseconds. Throws for anything else. */
export function readInstant(text: string): number {
  // biome-ignore lint/style/noRestrictedGlobals: reads a time that was sent; the clock is world.now().
  const milliseconds = instant.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw malformed('a time that cannot be read')
  return milliseconds
}

/** A time as SAML 2.0 Core section 1.3.3 writes it. */
export function writeInstant(milliseconds: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: writes a time that is given; the clock is world.now().
  return new Date(milliseconds).toISOString()
}

/** Whether now lies in a window of which either end may be open. */
export function isWithin(now: number, notBefore: string | undefined, notOnOrAfter: string | undefined): boolean {
  if (notBefore !== undefined && now + clockSkew < readInstant(notBefore)) return false
  return notOnOrAfter === undefined || now - clockSkew < readInstant(notOnOrAfter)
}
