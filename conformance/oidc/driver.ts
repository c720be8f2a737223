// The OpenID Foundation's conformance suite, one file for each module of three of its plans: Basic OP, Config OP and
// RP-Initiated Logout. Each is driven by openid-client and by a visitor who fills in the pages' forms.
// Nothing here knows a store: what is stored is tried on both by the suites a folder up.
import {
  AdminUpdateUserAttributesCommand,
  type CreateUserPoolClientCommandInput,
  TagResourceCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe } from 'vitest'
import {
  type AppClient,
  addClient,
  buildHouse,
  callback,
  type House,
  locationOf,
  newVisitor,
  signInAt,
  type Visitor,
} from '../hosted.ts'
import { region, type Server, startServer } from '../server.ts'

/** What the tests of a module work with. */
export interface Suite {
  readonly server: Server
  readonly house: House
  /** A client with a secret, which it sends by Basic unless a test says otherwise. */
  readonly client: AppClient
  readonly config: oidc.Configuration
}

/** A sign-in that was asked for, and where its answer went. */
export interface Asked {
  readonly back: URL
  readonly checks: oidc.AuthorizationCodeGrantChecks
  /** Whether the visitor had to sign in. */
  readonly asked: boolean
}

/** The profile of the house's user. */
export const profile = {
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  phone_number: '+491701234567',
  phone_number_verified: 'true',
} as const

/** The tags of a pool that hold its clients to more than AWS does. */
export const strict = { 'poolhouse:strict': '*' } as const
/** The tag that lets clients sign out as OpenID Connect has it. */
export const rpInitiatedLogout = { 'poolhouse:rp-initiated-logout': '*' } as const

/** Describes a module of the suite, on a server of its own. */
export function oidcModule(
  name: string,
  tests: (suite: () => Suite) => void,
  {
    tags = {},
    client: input = {},
  }: { tags?: Record<string, string>; client?: Partial<CreateUserPoolClientCommandInput> } = {},
): void {
  describe(name, () => {
    let suite: Suite
    beforeAll(async () => {
      const server = await startServer('sqlite')
      const house = await buildHouse(server)
      const UserAttributes = Object.entries(profile).map(([Name, Value]) => ({ Name, Value }))
      const user = { UserPoolId: house.poolId, Username: house.username }
      await server.api.send(new AdminUpdateUserAttributesCommand({ ...user, UserAttributes }))
      if (Object.keys(tags).length > 0) await tagPool(server, house, tags)
      const client = await addClient(house, {
        GenerateSecret: true,
        AllowedOAuthScopes: ['openid', 'email', 'phone', 'profile'],
        ...input,
      })
      suite = { server, house, client, config: await discover(house, client) }
    })
    afterAll(() => suite?.server.close())
    tests(() => suite)
  })
}

/** Reads the discovery document as a client does; its ID tokens' signatures are checked. */
export async function discover(
  house: House,
  { id, secret }: AppClient,
  authentication = oidc.ClientSecretBasic(secret),
): Promise<oidc.Configuration> {
  const config = await oidc.discovery(new URL(house.issuer), id, secret, authentication, {
    execute: [oidc.allowInsecureRequests],
  })
  oidc.enableNonRepudiationChecks(config)
  return config
}

/** Puts tags on the house's pool. */
export async function tagPool(server: Server, { poolId }: House, Tags: Record<string, string>): Promise<void> {
  const ResourceArn = `arn:aws:cognito-idp:${region}:000000000000:userpool/${poolId}`
  await server.api.send(new TagResourceCommand({ ResourceArn, Tags }))
}

/** An authorization address as openid-client builds it, with state, nonce and PKCE; undefined leaves a parameter out. */
export async function requestOf(
  { config }: Pick<Suite, 'config'>,
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<{ address: URL; checks: oidc.AuthorizationCodeGrantChecks }> {
  const verifier = oidc.randomPKCECodeVerifier()
  const all = {
    redirect_uri: callback,
    scope: 'openid',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    address: oidc.buildAuthorizationUrl(config, Object.fromEntries(given)),
    checks: {
      ...(all.code_challenge && { pkceCodeVerifier: verifier }),
      ...(all.state && { expectedState: all.state }),
      ...(all.nonce && { expectedNonce: all.nonce }),
      idTokenExpected: true,
    },
  }
}

/** Asks for a sign-in; a visitor who is signed in is not asked for a password unless the request wants it. */
export async function ask(
  suite: Suite,
  parameters: Readonly<Record<string, string | undefined>> = {},
  visitor = newVisitor(),
): Promise<Asked> {
  const { address, checks } = await requestOf(suite, parameters)
  let forms = 0
  const counted: Visitor = {
    ...visitor,
    submit(fields) {
      forms++
      return visitor.submit(fields)
    },
  }
  const back = await signInAt(address, suite.house, counted)
  return { back, checks, asked: forms > 0 }
}

/** Asks, and gives the tokens that the code of the answer is worth, all checked by openid-client. */
export async function signIn(
  suite: Suite,
  parameters: Readonly<Record<string, string | undefined>> = {},
  visitor = newVisitor(),
) {
  const { back, checks, asked } = await ask(suite, parameters, visitor)
  const tokens = await oidc.authorizationCodeGrant(suite.config, back, checks)
  const claims = tokens.claims()
  if (!claims) throw new Error('there is no ID token')
  return { tokens, claims, asked }
}

/** The error that an authorization address is answered with, where it is sent back to the client. */
export async function refusal(
  suite: Suite,
  parameters: Readonly<Record<string, string | undefined>>,
  visitor = newVisitor(),
) {
  const { address } = await requestOf(suite, parameters)
  const back = new URL(locationOf(await visitor.get(address)))
  return {
    back: back.origin + back.pathname,
    error: back.searchParams.get('error'),
    state: back.searchParams.get('state') === address.searchParams.get('state'),
    iss: back.searchParams.get('iss'),
  }
}

/** Whether a browser is still signed in. */
export async function isSignedIn(suite: Suite, visitor: Visitor): Promise<boolean> {
  const { error } = await refusal(suite, { prompt: 'none' }, visitor)
  return error === null
}
