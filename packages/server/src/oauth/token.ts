import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { exchangeCode, findRefresh } from '../tokens/exchange.ts'
import { issueTokens, type Tokens } from '../tokens/issue.ts'
import type { DomainEnv } from '../web/env.ts'
import { authenticateClient } from './client-auth.ts'
import { readParameters } from './form.ts'

/** Gives tokens for a code or a refresh token (RFC 6749 sections 4.1.3 and 6; AWS developer guide, "token endpoint"). */
export async function token(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool } = c.var
  const { db, world } = ground
  const parameters = await readParameters(c.req.raw)
  const grantType = required(parameters, 'grant_type')
  const client = await authenticateClient(db, world, pool, c.req.header('authorization'), parameters)
  switch (grantType) {
    case 'authorization_code': {
      if (!client.settings.AllowedOAuthFlowsUserPoolClient || !client.settings.AllowedOAuthFlows?.includes('code'))
        throw new PoolError('UnauthorizedClient', 'The client may not use the code flow')
      const exchange = {
        code: required(parameters, 'code'),
        redirectUri: parameters.get('redirect_uri'),
        codeVerifier: parameters.get('code_verifier'),
      }
      return c.json(describe(await exchangeCode(db, world, pool, client, exchange)))
    }
    case 'refresh_token': {
      const { grant, user } = await findRefresh(db, world, pool, client, required(parameters, 'refresh_token'))
      return c.json(describe(await issueTokens(db, world, pool, client, user, grant)))
    }
    default:
      throw new PoolError('UnsupportedGrantType', 'grant_type must be authorization_code or refresh_token')
  }
}

function describe({ idToken, accessToken, refreshToken, expiresIn }: Tokens) {
  return {
    ...(idToken && { id_token: idToken }),
    access_token: accessToken,
    ...(refreshToken && { refresh_token: refreshToken }),
    expires_in: expiresIn,
    token_type: 'Bearer',
  }
}

function required(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw new PoolError('InvalidRequest', `${name} is missing`)
  return value
}
