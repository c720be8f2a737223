import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { CreateIdentityProviderCommand } from '@aws-sdk/client-cognito-identity-provider'
import {
  type Answer,
  assertionXml,
  encode,
  metadataXml,
  type ProviderKey,
  responseXml,
  signXml,
} from '../packages/server/test/saml-provider.ts'
import {
  type AppClient,
  addClient,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  locationOf,
  newVisitor,
  pkce,
  postForm,
  type Visitor,
} from './hosted.ts'
import type { Server } from './server.ts'

/** A pool whose people sign in at a SAML provider of the tests' own too. */
export interface SamlHouse {
  readonly house: House
  readonly client: AppClient
  readonly provider: string
  readonly key: ProviderKey
  /** What the provider calls itself. */
  readonly entityId: string
  /** Where answers are posted to. */
  readonly recipient: string
}

/** What people are told of a user. */
export const attributes = {
  mail: ['ann@corp.example'],
  displayName: ['Ann Example'],
} as const

/** Sets a SAML provider up. */
export async function addSamlProvider(
  { server, poolId }: House,
  name: string,
  details: Readonly<Record<string, string>>,
  IdpIdentifiers: string[] = [],
): Promise<void> {
  await server.api.send(
    new CreateIdentityProviderCommand({
      UserPoolId: poolId,
      ProviderName: name,
      ProviderType: 'SAML',
      ProviderDetails: details,
      AttributeMapping: { email: 'mail', name: 'displayName' },
      IdpIdentifiers,
    }),
  )
}

/** Builds a pool with a hosted domain, one provider, and a client of both. */
export async function buildSamlHouse(
  server: Pick<Server, 'url' | 'api'>,
  key: ProviderKey,
  details: Readonly<Record<string, string>> = {},
): Promise<SamlHouse> {
  const house = await buildHouse(server)
  const entityId = 'https://idp.corp.example/saml'
  const file = metadataXml(entityId, 'https://idp.corp.example/sso', [key.certificate], {
    signOut: 'https://idp.corp.example/slo',
  })
  await addSamlProvider(house, 'Corp', { MetadataFile: file, ...details })
  const client = await addClient(house, { SupportedIdentityProviders: ['COGNITO', 'Corp'] })
  return { house, client, provider: 'Corp', key, entityId, recipient: `${house.domain}/saml2/idpresponse` }
}

/** A visitor who is at the provider. */
export interface AtProvider {
  readonly visitor: Visitor
  readonly requestId: string
  readonly relayState: string
  readonly verifier: string
  /** Where our server sent the visitor. */
  readonly url: URL
}

/** Goes to the provider. */
export async function leaveForSaml(
  { house, client, provider }: SamlHouse,
  { visitor = newVisitor(), extra = {} }: { visitor?: Visitor; extra?: Readonly<Record<string, string>> } = {},
): Promise<AtProvider> {
  const { verifier, challenge } = pkce()
  const pkceParameters = { code_challenge: challenge, code_challenge_method: 'S256' }
  const start = authorizeUrl(house, client, { ...pkceParameters, identity_provider: provider, ...extra })
  const url = new URL(locationOf(await visitor.get(start)))
  const requestId = / ID="([^"]+)"/.exec(readMessage(url, 'SAMLRequest'))?.[1] ?? ''
  return { visitor, requestId, relayState: url.searchParams.get('RelayState') ?? '', verifier, url }
}

/** The document that an address carries. */
export function readMessage(url: URL, parameter: 'SAMLRequest' | 'SAMLResponse'): string {
  return inflateRawSync(Buffer.from(url.searchParams.get(parameter) ?? '', 'base64')).toString()
}

/** What an honest provider says of Ann. */
export function answerFor(
  { house, entityId, recipient }: SamlHouse,
  requestId: string | undefined,
  more: Partial<Answer> = {},
): Answer {
  const audience = `urn:amazon:cognito:sp:${house.poolId}`
  return { requestId, now: Date.now(), recipient, audience, issuer: entityId, nameId: 'ann', attributes, ...more }
}

/** The document of an answer, the assertion signed. */
export function signedAnswer(answer: Answer, key: ProviderKey): string {
  return responseXml(answer, signXml(assertionXml(answer), 'Assertion', { key }))
}

/** Posts an answer as a browser does that comes from another site: without our cookies. */
export function postAnswer({ house }: SamlHouse, xml: string, relayState: string): Promise<Response> {
  return postCrossSite(house, '/saml2/idpresponse', { SAMLResponse: encode(xml), RelayState: relayState })
}

/** Posts a form from another site. */
export function postCrossSite(house: House, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  const headers = { origin: 'https://idp.corp.example', 'sec-fetch-site': 'cross-site' }
  const body = new URLSearchParams(fields)
  return fetch(`${house.domain}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
}

/** Brings an answer back: posts it, and comes for it with the visitor's cookies. Gives the last response. */
export async function comeBack(at: SamlHouse, { visitor, relayState }: AtProvider, xml: string): Promise<Response> {
  const posted = await postAnswer(at, xml, relayState)
  return posted.status === 303 ? visitor.get(locationOf(posted)) : posted
}

/** The tokens of a code that the app got. */
export async function tokensOf(
  { house, client }: SamlHouse,
  back: URL,
  verifier: string | undefined,
  redirectUri: string = callback,
): Promise<Readonly<Record<'id_token' | 'access_token' | 'refresh_token', string>>> {
  const answer = await postForm(house, '/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: client.id,
    code: back.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  if (answer.status !== 200) throw new Error(`no tokens: ${await answer.text()} for ${back}`)
  return (await answer.json()) as Record<'id_token' | 'access_token' | 'refresh_token', string>
}

/** A SAML provider that a browser can visit, on another site than ours. */
export interface VisitedProvider {
  readonly metadataUrl: string
  /** Sign-out requests that came, oldest first. */
  readonly signOuts: readonly string[]
  /** Where its answers to sign-outs go, which people configure at a provider. */
  answersSignOutsAt(address: string): void
  close(): Promise<void>
}

/** Starts a provider: it asks for a name, believes it, and posts its answer as browsers do. */
export async function visitedProvider(key: ProviderKey): Promise<VisitedProvider> {
  const signOuts: string[] = []
  let signOutAt = ''
  const server: HttpServer = createServer((request, response) => {
    const url = new URL(request.url ?? '/', base())
    const send = (type: string, body: string) => {
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` })
      response.end(body)
    }
    if (url.pathname === '/metadata')
      return send(
        'application/samlmetadata+xml',
        metadataXml(`${base()}/metadata`, `${base()}/sso`, [key.certificate], { signOut: `${base()}/slo` }),
      )
    if (url.pathname === '/sso' && !url.searchParams.has('name'))
      return send(
        'text/html',
        `<title>Corp</title><form action="/sso"><input name="name" aria-label="Name">
<input type="hidden" name="SAMLRequest" value="${url.searchParams.get('SAMLRequest')}">
<input type="hidden" name="RelayState" value="${url.searchParams.get('RelayState')}"><button>Sign in</button></form>`,
      )
    if (url.pathname !== '/sso' && url.pathname !== '/slo') {
      response.writeHead(404).end()
      return
    }
    const xml = readMessage(url, 'SAMLRequest')
    const [, requestId = ''] = / ID="([^"]+)"/.exec(xml) ?? []
    const issuer = `${base()}/metadata`
    const [, audience = ''] = /<saml:Issuer>([^<]+)</.exec(xml) ?? []
    if (url.pathname === '/sso') {
      const [, recipient = ''] = /AssertionConsumerServiceURL="([^"]+)"/.exec(xml) ?? []
      const nameId = url.searchParams.get('name') ?? ''
      const given = { mail: [`${nameId}@corp.example`], displayName: [`The ${nameId}`] }
      const answer = { requestId, now: Date.now(), recipient, audience, issuer, nameId, attributes: given }
      return send('text/html', postingPage(recipient, signedAnswer(answer, key), url.searchParams.get('RelayState')))
    }
    signOuts.push(xml)
    const recipient = signOutAt
    const answer = logoutResponseXml(requestId, issuer, recipient)
    return send(
      'text/html',
      postingPage(recipient, signXml(answer, 'LogoutResponse', { key }), url.searchParams.get('RelayState')),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    metadataUrl: `${base()}/metadata`,
    signOuts,
    answersSignOutsAt(address) {
      signOutAt = address
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((done) => server.close(() => done()))
    },
  }
}

/** A LogoutResponse, unsigned. */
export function logoutResponseXml(requestId: string, issuer: string, recipient: string): string {
  return `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_l${requestId}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${recipient}" InResponseTo="${requestId}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>`
}

/** A LogoutRequest, unsigned. */
export function logoutRequestXml(id: string, issuer: string, recipient: string, nameId: string, index = ''): string {
  const session = index === '' ? '' : `<samlp:SessionIndex>${index}</samlp:SessionIndex>`
  return `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${recipient}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${nameId}</saml:NameID>${session}</samlp:LogoutRequest>`
}

function postingPage(action: string, xml: string, relayState: string | null): string {
  return `<title>Corp</title><form method="post" action="${action}"><input type="hidden" name="SAMLResponse" value="${encode(xml)}">
<input type="hidden" name="RelayState" value="${relayState ?? ''}"><button>Continue</button></form><script>document.forms[0].submit()</script>`
}
