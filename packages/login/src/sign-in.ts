import { addressOf, type Endpoints } from './addresses.ts'
import { ask } from './ask.ts'
import { type Attempt, saveAttempt } from './attempts.ts'
import { type Callback, readReturn } from './callback.ts'
import { challengeOf, randomText } from './encoding.ts'
import { LoginError, oauthFailure } from './login-error.ts'
import type { SignInOptions } from './options.ts'
import { readSession, type Session } from './sessions.ts'
import { absolute, type Settings } from './settings.ts'

/** Cognito's other pages take the parameters of /oauth2/authorize, beside it. */
const authorizePath = '/oauth2/authorize'
const screens: Partial<Record<string, string>> = { 'sign-up': '/signup', 'forgot-password': '/forgotPassword' }

/** Remembers a new attempt and says where to send the visitor (RFC 6749 4.1.1, RFC 7636, OIDC Core 3.1.2.1). */
export async function prepareSignIn(
  settings: Settings,
  client: string,
  { authorize }: Endpoints,
  options: SignInOptions,
): Promise<URL> {
  const redirectUri = absolute(settings.redirectUri)
  if (new URL(redirectUri).origin !== location.origin)
    throw new LoginError('config', `${redirectUri} is not of this origin`)
  const [state, nonce, verifier] = [randomText(), randomText(), randomText()]
  const path = screens[options.screen ?? ''] ?? authorizePath
  const url = addressOf(authorize.replace(authorizePath, path), {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    scope: settings.scopes.join(' '),
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    identity_provider: options.provider,
    login_hint: options.loginHint,
    lang: options.lang,
    prompt: options.prompt,
  })
  const returnTo = readReturn(options.returnTo ?? location.href, location.href) ?? redirectUri
  saveAttempt(state, { client, at: Date.now(), returnTo, verifier, nonce })
  return url
}

/** The session a callback is worth, once, to the attempt it answers. */
export async function redeem(
  { iss, error, code, description }: Callback,
  { verifier, nonce }: Attempt,
  { issuer = iss, token }: Endpoints,
  { clientId, redirectUri }: Settings,
): Promise<Session> {
  // RFC 9207: an answer of another server is refused before its code is sent anywhere.
  if (iss !== undefined && iss !== issuer) throw new LoginError('callback_invalid', `Answer of another issuer: ${iss}`)
  if (error !== undefined || code === undefined) throw oauthFailure(error ?? 'server_error', description)
  const answer = await ask(token, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: absolute(redirectUri),
    code_verifier: verifier,
  })
  return readSession(answer, { clientId, issuer, nonce })
}
