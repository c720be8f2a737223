import type { LoadRequest } from 'autocannon'
import { call, compare, measure, type Row, startPeer } from '../load.ts'
import type { Bench } from '../main.ts'

/** Tokens for machines (client_credentials, one RS256 JWT) beside node-oidc-provider, which keeps all in memory. */
export async function machineRows({ target }: Bench): Promise<Row[]> {
  const peer = await startPeer('oidc-provider')
  try {
    const theirs = tokenCall('/token', 'machine', 'bench-secret-of-no-worth-but-long-enough', 'read')
    const { id, secret, scope } = target.machine
    const ours = tokenCall(`${new URL(target.domain).pathname}/oauth2/token`, id, secret, scope)
    // Both must give a JWT: an opaque token would cost the peer no signature.
    for (const [url, request] of [
      [peer.url, theirs],
      [target.url, ours],
    ] as const)
      if ((await call<{ access_token: string }>(url, request)).access_token.split('.').length !== 3)
        throw new Error(`No JWT from ${url}`)
    return [
      await compare(
        'client_credentials (beside oidc-provider)',
        1,
        () => measure(peer.url, [theirs]),
        () => measure(target.url, [ours]),
      ),
    ]
  } finally {
    peer.child.removeAllListeners('exit')
    peer.child.kill()
  }
}

function tokenCall(path: string, id: string, secret: string, scope: string): LoadRequest {
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
  }
}
