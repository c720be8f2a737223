// The library that back ends use, in this process.
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { createVerifier } from '@poolhouse/verifier'
import { JwtVerifier } from 'aws-jwt-verify'
import { besides, type Row, tell } from '../load.ts'
import type { Bench } from '../main.ts'

/** The verifier library against crypto.verify, in this process, on one token. */
export async function verificationRows({ target }: Bench): Promise<Row[]> {
  tell('verification')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const issuer = `${target.url}/bench`
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
  const now = Math.floor(Date.now() / 1000)
  const make = (jti: number) => {
    const claims = {
      sub: 's',
      iss: issuer,
      client_id: 'c',
      token_use: 'access',
      scope: 'openid',
      username: 'u',
      iat: now,
      exp: now + 3600,
      jti: String(jti),
    }
    const input = [{ kid: 'k', alg: 'RS256' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`
  }
  const tokens = Array.from({ length: 4000 }, (_, index) => make(index))
  const [first = ''] = tokens
  const cut = first.lastIndexOf('.')
  const signed = Buffer.from(first.slice(0, cut))
  const signature = Buffer.from(first.slice(cut + 1), 'base64url')
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
  const verifier = createVerifier({ issuer, clientId: 'c', tokenUse: 'access', jwks: { keys: [jwk] } })
  const peer = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/jwks.json` })
  peer.cacheJwks({ keys: [jwk as never] })
  const bare = await rateOf(() => verify('RSA-SHA256', signed, key, signature))
  let next = 0
  const fresh = await rateOf(() => verifier.verify(tokens[next++ % tokens.length] ?? ''), tokens.length)
  const seen = await rateOf(() => verifier.verify(first))
  const theirs = await rateOf(() => peer.verify(first))
  return [
    besides('verify, token never seen (beside crypto.verify)', 0.95, bare, fresh),
    besides('verify, token seen before (beside aws-jwt-verify)', 10, theirs, seen),
  ]
}

/** Calls a second, for a second or at most `limit` calls. */
async function rateOf(call: () => unknown, limit = Number.POSITIVE_INFINITY): Promise<number> {
  for (let warm = 0; warm < Math.min(200, limit / 10); warm++) await call()
  const start = performance.now()
  let calls = 0
  while (performance.now() - start < 1000 && calls < limit) {
    for (let batch = 0; batch < 20; batch++) await call()
    calls += 20
  }
  return (calls / (performance.now() - start)) * 1000
}
