import { isSecure } from './addresses.ts'
import { fromBase64Url, readRecord } from './encoding.ts'
import { LoginError } from './login-error.ts'

/** The claims of a Cognito ID token an app is most likely to use; all others are there too. */
export interface IdTokenClaims {
  iss: string
  sub: string
  email?: string
  'cognito:username'?: string
  'cognito:groups'?: readonly string[]
  [claim: string]: unknown
}

/** What an ID token has to match. A refreshed one needs no nonce, but the subject from before (OIDC Core 12.2). */
export interface Expected {
  clientId: string
  issuer: string | undefined
  nonce?: string
  sub?: string
}

/** Clocks of devices are off: five minutes are forgiven, more is said aloud instead of looping. */
const tolerance = 300

/**
 * The claims of an ID token that came straight from the token endpoint. Its signature is not checked: the connection
 * vouches for the issuer (OIDC Core 3.1.3.7 point 6). Everything else of that section is.
 */
export function readIdToken(token: unknown, expected: Expected, now = Date.now() / 1000): IdTokenClaims {
  const parts = `${token}`.split('.')
  const claims = readRecord(() => new TextDecoder().decode(fromBase64Url(parts[1] ?? '')))
  const { iss, aud, azp, exp, iat, nonce, sub, token_use } = claims ?? {}
  // One audience, us: a second one would be a party we do not know (points 3 to 5).
  const [audience, ...others] = [aud].flat()
  const checks = {
    form: claims && parts.length === 3,
    iss: isSecure(iss) && [undefined, iss].includes(expected.issuer),
    aud: audience === expected.clientId && !others.length,
    azp: [undefined, expected.clientId].includes(azp as string),
    token_use: token_use === 'id',
    sub: typeof sub === 'string' && sub && [undefined, sub].includes(expected.sub),
    nonce: [undefined, nonce].includes(expected.nonce),
    "exp or iat, by this device's clock":
      typeof exp === 'number' && exp > now - tolerance && typeof iat === 'number' && iat < now + tolerance,
  }
  for (const [name, holds] of Object.entries(checks))
    if (!holds) throw new LoginError('callback_invalid', `ID token refused: ${name}`)
  return claims as IdTokenClaims
}
