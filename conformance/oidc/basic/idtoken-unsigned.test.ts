import { UpdateUserPoolCommand, type UpdateUserPoolCommandInput } from '@aws-sdk/client-cognito-identity-provider'
import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule } from '../driver.ts'

// For servers that let a client register `none`; this one refuses it, which the suite takes for a skip.
oidcModule('basic: idtoken-unsigned', (suite) => {
  test('a client cannot register for unsigned ID tokens', async () => {
    const { server, house } = suite()
    const DcrConfiguration = { EnableStatus: 'Enabled', OpenDcrEnabled: true } as const
    await server.api.send(
      new UpdateUserPoolCommand({ UserPoolId: house.poolId, DcrConfiguration } as UpdateUserPoolCommandInput),
    )
    const register = (metadata: object) =>
      fetch(`${house.domain}/oauth2/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [callback], ...metadata }),
      })
    const refused = await register({ id_token_signed_response_alg: 'none' })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'invalid_client_metadata', error_description: expect.any(String) },
    ])
    expect((await register({ id_token_signed_response_alg: 'RS256' })).status).toBe(201)
    expect(suite().config.serverMetadata().id_token_signing_alg_values_supported).toEqual(['RS256'])
  })
})
