import { createHash, randomBytes } from 'node:crypto'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Server } from './server.ts'

/** A pool with a hosted domain and one user who can sign in. */
export interface House {
  readonly server: Pick<Server, 'url' | 'api'>
  readonly poolId: string
  /** The address of the hosted domain, without a final slash. */
  readonly domain: string
  readonly issuer: string
  readonly username: string
  readonly password: string
  readonly email: string
}

/** The only address that answers of sign-ins go to; nothing listens there. */
export const callback = 'http://localhost:9501/callback'

/** Where visitors are sent who have signed out. */
export const signedOut = 'http://localhost:9501/'

/** Makes a pool with a domain and a user, over the API. */
export async function buildHouse(server: Pick<Server, 'url' | 'api'>): Promise<House> {
  const { api, url } = server
  const name = `house-${randomBytes(4).toString('hex')}`
  const { UserPool } = await api.send(new CreateUserPoolCommand({ PoolName: name, AutoVerifiedAttributes: ['email'] }))
  const poolId = UserPool?.Id ?? ''
  await api.send(new CreateUserPoolDomainCommand({ Domain: name, UserPoolId: poolId }))
  const house: House = {
    server,
    poolId,
    domain: `${url}/domains/${name}`,
    issuer: `${url}/${poolId}`,
    username: 'ada',
    password: 'Correct-Horse-1',
    email: 'ada@example.com',
  }
  await addUser(house, house.username, house.password, house.email)
  return house
}

/** Adds a user who can sign in at once. */
export async function addUser(house: House, username: string, password: string, email: string): Promise<void> {
  const { api } = house.server
  const user = { UserPoolId: house.poolId, Username: username }
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ]
  await api.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }))
  await api.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
}

/** An app client as the suites use it. */
export interface AppClient {
  readonly id: string
  readonly secret: string | undefined
}

/** Adds an app client for the code flow and all password flows; `input` overrides. */
export async function addClient(
  house: House,
  input: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<AppClient> {
  const { UserPoolClient } = await house.server.api.send(
    new CreateUserPoolClientCommand({
      UserPoolId: house.poolId,
      ClientName: 'app',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [callback],
      LogoutURLs: [signedOut],
      SupportedIdentityProviders: ['COGNITO'],
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
      ...input,
    }),
  )
  return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret }
}

/** A browser as far as forms and cookies go: it follows nothing by itself. */
export interface Visitor {
  /** Opens a page. */
  get(url: string | URL): Promise<Response>
  /** The value of a cookie that the visitor holds. */
  cookie(name: string): string | undefined
  /** Hands in the form of the page that was opened last, with the page's own hidden fields. */
  submit(fields: Readonly<Record<string, string>>): Promise<Response>
}

/** A new visitor without cookies. */
export function newVisitor(): Visitor {
  const cookies = new Map<string, string>()
  let page = { url: '', html: '' }
  const ask = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    if (response.headers.get('content-type')?.startsWith('text/html'))
      page = { url, html: await response.clone().text() }
    return response
  }
  return {
    get: (url) => ask(String(url)),
    cookie: (name) => cookies.get(name),
    submit(fields) {
      const [, form = ''] = /<form([\s\S]*?)<\/form>/.exec(page.html) ?? []
      const hidden = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
        attributeOf(input, 'name'),
        attributeOf(input, 'value'),
      ])
      const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields })
      const action = new URL(attributeOf(form, 'action') || page.url, page.url)
      return ask(action.href, { method: 'POST', body })
    },
  }
}

function attributeOf(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}

/** Signs in on the hosted pages from an authorization address; gives the address that the app is called back at. */
export async function signInAt(authorization: string | URL, house: House, visitor = newVisitor()): Promise<URL> {
  let response = await visitor.get(authorization)
  while (response.status === 302 && locationOf(response).startsWith(house.domain))
    response = await visitor.get(locationOf(response))
  if (response.status === 200) response = await visitor.submit({ username: house.username, password: house.password })
  if (response.status !== 302 && response.status !== 303)
    throw new Error(`the sign-in ended with ${response.status}: ${await response.text()}`)
  return new URL(locationOf(response))
}

/** Where a response leads, absolute. */
export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${response.status} without a location`)
  return new URL(location, response.url).href
}

/** A PKCE pair. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** An authorization address; parameters of undefined are left out. */
export function authorizeUrl(
  house: House,
  client: AppClient,
  parameters: Readonly<Record<string, string | undefined>> = {},
): URL {
  const url = new URL(`${house.domain}/oauth2/authorize`)
  const all = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: callback,
    scope: 'openid email',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/** Posts a form to an endpoint of the hosted domain. */
export function postForm(
  house: House,
  path: string,
  fields: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, value)
  return fetch(`${house.domain}${path}`, { method: 'POST', body, headers })
}
