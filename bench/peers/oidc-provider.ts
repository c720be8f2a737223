// The peer for machines' tokens: node-oidc-provider as its documentation sets it up for JWT access tokens of one
// resource server, RS256, everything in memory. Run as a child process; it sends its port when it listens.
import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
const resource = 'https://api.example.com/v1'

const provider = new Provider('http://127.0.0.1', {
  jwks: { keys: [{ ...jwk, alg: 'RS256', use: 'sig' }] },
  scopes: ['read'],
  clients: [
    {
      client_id: 'machine',
      client_secret: 'bench-secret-of-no-worth-but-long-enough',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({
        scope: 'read',
        audience: resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})
const server = provider.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
})
