import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { readResource } from '../tokens/authorization.ts'
import { exchangeCode } from '../tokens/exchange.ts'
import { clientToken } from '../tokens/grants/client-credentials.ts'
import { refreshTokens } from '../tokens/grants/refresh.ts'
import type { Tokens } from '../tokens/issue.ts'
import type { DomainEnv } from '../web/env.ts'
import { authenticateClient } from './client-auth.ts'
import { readParameters } from './form.ts'

/** Gives tokens for a code, a refresh token or the client itself (RFC 6749 sections 4.1.3, 6 and 4.4; AWS developer guide, "token endpoint"). */
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
        resource: readResource(parameters.get('resource')),
        address: c.var.address,
      }
      return c.json(describe(await exchangeCode(db, world, pool, client, exchange)))
    }
    case 'refresh_token': {
      const resource = readResource(parameters.get('resource'))
      const refresh = { refreshToken: required(parameters, 'refresh_token'), resource, address: c.var.address }
      return c.json(describe(await refreshTokens(db, world, pool, client, refresh)))
    }
    case 'client_credentials': {
      if (
        !client.settings.AllowedOAuthFlowsUserPoolClient ||
        !client.settings.AllowedOAuthFlows?.includes('client_credentials')
      )
        throw new PoolError('UnauthorizedClient', 'The client may not use the client_credentials grant')
      const scopes = parameters.get('scope')?.split(' ').filter(Boolean)
      const metadata = readMetadata(parameters.get('aws_client_metadata'))
      const resource = readResource(parameters.get('resource'))
      const { accessToken, expiresIn } = await clientToken(db, world, pool, client, { scopes, metadata, resource })
      return c.json({ access_token: accessToken, expires_in: expiresIn, token_type: 'Bearer' })
    }
    default:
      throw new PoolError(
        'UnsupportedGrantType',
        'grant_type must be authorization_code, refresh_token or client_credentials',
      )
  }
}

/** What a machine sends along for triggers: a JSON object of texts. */
function readMetadata(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined
  const refused = new PoolError('InvalidRequest', 'aws_client_metadata must be a JSON object of strings')
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw refused
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw refused
  const entries = Object.entries(given)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw refused
  return Object.fromEntries(entries)
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
