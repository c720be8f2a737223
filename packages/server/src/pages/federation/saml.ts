import type { Context } from 'hono'
import { PoolError } from '../../errors.ts'
import { wantedProvider } from '../../sign-in/federation/depart.ts'
import { comeBackFromSaml, comeFromSaml } from '../../sign-in/federation/saml/come-back.ts'
import { samlReturnPath } from '../../sign-in/federation/saml/flow.ts'
import { samlSignedOut, samlSignOutAsked, samlSignOutPath } from '../../sign-in/federation/saml/sign-out.ts'
import { keepPosted } from '../../sign-in/federation/trip.ts'
import { single } from '../../tokens/authorization.ts'
import { readText } from '../../web/body.ts'
import type { DomainEnv } from '../../web/env.ts'
import { type Form, parseForm } from '../../web/forms.ts'
import { proceed, readJourney } from '../journey.ts'
import { seeOther } from '../reply.ts'
import { welcomeBack } from './return.ts'

/** AWS's 100,000 characters of an answer, each of which may be escaped, and RelayState. */
const largestAnswer = 320 * 1024

/**
 * POST /saml2/idpresponse: a provider has the browser post its answer from its own site. As at /oauth2/idpresponse nobody is
 * signed in by that: the answer waits for the browser that asked. Only where nobody asked, and the provider may begin
 * (IDPInit), this request is all there is; RelayState then says where to, as an authorization request would.
 */
export async function samlPosted(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, domain } = c.var
  const { db, world } = ground
  const form = await readPosted(c)
  const response = form.get('SAMLResponse')
  const state = form.get('RelayState') ?? ''
  if (response === undefined || state === '') throw malformed()
  const kept = new URLSearchParams({ SAMLResponse: response })
  if (await keepPosted(db, world, pool, state, kept.toString()))
    return seeOther(c, `${domain.path}${samlReturnPath}?${new URLSearchParams({ state })}`)
  const query = new URLSearchParams(state)
  if (!query.has('client_id')) throw malformed()
  const journey = await readJourney(c, `?${state}`)
  if (journey instanceof Response) return journey
  const provider = await wantedProvider(db, journey.party, query)
  const recipient = `${domain.url}${samlReturnPath}`
  const progress = await comeFromSaml(db, world, journey.party, provider, { posted: response, recipient })
  return proceed(c, journey, '', progress)
}

/** GET /saml2/idpresponse: the browser comes for the answer that was posted above. */
export async function samlReturned(c: Context<DomainEnv>): Promise<Response> {
  const { db, world } = c.var.ground
  const query = new URL(c.req.url).searchParams
  return welcomeBack(c, single(query, 'state'), query, ({ party }, trip, answer) => {
    // What stands in the address was not posted by a provider.
    const response = trip.posted === undefined ? undefined : single(answer, 'SAMLResponse')
    return comeBackFromSaml(db, world, party, trip, response)
  })
}

/** POST /saml2/logout: a provider answers our sign-out, or asks for one of its own. */
export async function samlSignOutPosted(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, domain } = c.var
  const { db, world } = ground
  const form = await readPosted(c)
  const recipient = `${domain.url}${samlSignOutPath}`
  const [response, request, relayState] = ['SAMLResponse', 'SAMLRequest', 'RelayState'].map((name) => form.get(name))
  if (response !== undefined)
    return seeOther(
      c,
      await samlSignedOut(db, world, pool, { posted: response, relayState: relayState ?? '', recipient }),
    )
  if (request === undefined) throw malformed()
  return seeOther(c, await samlSignOutAsked(db, world, pool, { posted: request, relayState, recipient }))
}

async function readPosted(c: Context<DomainEnv>): Promise<Form> {
  const form = parseForm(await readText(c.req.raw, largestAnswer))
  if (!form) throw malformed()
  return form
}

function malformed(): PoolError {
  return new PoolError('InvalidRequest', 'Invalid samlResponse or relayState from identity provider')
}
