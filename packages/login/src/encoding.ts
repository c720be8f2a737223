/** The bytes of a base64url text; throws what `atob` throws for anything else. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}

/** 244 bits nobody can guess in 72 unreserved characters: right for state, nonce and verifier (RFC 7636 4.1). */
export function randomText(): string {
  return crypto.randomUUID() + crypto.randomUUID()
}

/** The S256 challenge of a verifier (RFC 7636 4.2), in base64url without padding (RFC 7515 section 2). */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')
}

/** The JSON object in a text; nothing for any other text, and for none. */
export function readRecord(text: () => string | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text() ?? '')
    return typeof value === 'object' && value ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The URL in a text; nothing for any other text. (URL.parse is younger than the browsers we serve.) */
export function readUrl(text: unknown, base?: string): URL | undefined {
  try {
    return new URL(`${text}`, base)
  } catch {
    return undefined
  }
}
