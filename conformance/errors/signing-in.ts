import { password } from '../pool.ts'
import type { Row, Rows } from './rows.ts'
import type { Input, Output, Stage } from './stage.ts'

const begun = 'USER_PASSWORD_AUTH'
const asAdministrator = 'ADMIN_USER_PASSWORD_AUTH'

/** The same rows for the operation of users and that of administrators. */
type Begin = (
  stage: Stage,
  username: string,
  more?: { poolId?: string; clientId?: string; word?: string; parameters?: Record<string, string>; flow?: string },
) => Promise<Output>
type Respond = (
  stage: Stage,
  ChallengeName: string,
  Session: string | undefined,
  answers: Input,
  at?: At,
) => Promise<unknown>
interface At {
  readonly poolId: string
  readonly clientId: string
}

const byUser: Begin = (s, username, { clientId, word, parameters, flow = begun } = {}) =>
  s.begin(username, flow, { ...(word && { PASSWORD: word }), ...parameters }, clientId ?? s.clientId)
const byAdministrator: Begin = (s, USERNAME, { poolId, clientId, word, parameters, flow = asAdministrator } = {}) =>
  s.call('AdminInitiateAuth', {
    UserPoolId: poolId ?? s.poolId,
    ClientId: clientId ?? s.clientId,
    AuthFlow: flow,
    AuthParameters: { USERNAME, PASSWORD: word ?? password, ...parameters },
  })

/** A pool that demands a second factor, where somebody has none. */
async function demanding(s: Stage, canSetUp: boolean, temporary = false) {
  const poolId = await s.newPool()
  await s.call('SetUserPoolMfaConfig', { UserPoolId: poolId, MfaConfiguration: 'ON', EmailMfaConfiguration: {} })
  const clientId = (await s.newClient(canSetUp ? {} : { WriteAttributes: ['name'] }, poolId)).id
  const username = await s.newUser({ poolId, attributes: {}, ...(temporary && { temporary }) })
  return { at: { poolId, clientId }, poolId, clientId, username }
}

const obeyed = 'A setting that no sign-in could obey is refused when it is made (docs/adr/0018).'

const choosing = { flow: 'USER_AUTH', parameters: { PREFERRED_CHALLENGE: 'WEB_AUTHN' } }

function beginning(begin: Begin): Readonly<Record<string, Row>> {
  return {
    NotAuthorizedException: async (s) => begin(s, await s.newUser(), { word: 'Wrong-Horse-1' }),
    UserNotFoundException: (s) => begin(s, 'nobody'),
    // Whatever the password.
    UserNotConfirmedException: async (s) => begin(s, await s.newUser({ signedUp: true }), { word: 'Wrong-Horse-1' }),
    PasswordResetRequiredException: async (s) => {
      const username = await s.newUser()
      await s.call('AdminResetUserPassword', { UserPoolId: s.poolId, Username: username })
      return begin(s, username)
    },
    InvalidUserPoolConfigurationException: obeyed,
    UnsupportedOperationException: 'AWS has it for replicas of pools, which there are none of.',
    FeatureUnavailableInTierException: 'What a tier has not cannot be set, so no sign-in comes to need it.',
  }
}

function responding(respond: Respond): Readonly<Record<string, Row>> {
  const invited = async (s: Stage) => {
    const username = await s.newUser({ temporary: true })
    const { Session } = await s.begin(username)
    return (NEW_PASSWORD: string) => respond(s, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME: username, NEW_PASSWORD })
  }
  /** The password as the answer to a choice, so that something can happen in between. */
  const later = async (s: Stage, username: string, then: () => Promise<unknown>) => {
    const { Session } = await s.begin(username, 'USER_AUTH', choosing.parameters)
    await then()
    return respond(s, 'SELECT_CHALLENGE', Session, { USERNAME: username, ANSWER: 'PASSWORD', PASSWORD: password })
  }
  const mailed = async (s: Stage) => {
    const username = await s.newUser()
    const { Session } = await s.begin(username, 'USER_AUTH', { PREFERRED_CHALLENGE: 'EMAIL_OTP' })
    return { Session, USERNAME: username }
  }
  return {
    NotAuthorizedException: async (s) =>
      respond(s, 'PASSWORD', 'x'.repeat(40), { USERNAME: await s.newUser(), PASSWORD: password }),
    CodeMismatchException: async (s) => {
      const { Session, USERNAME } = await mailed(s)
      return respond(s, 'EMAIL_OTP', Session, { USERNAME, EMAIL_OTP_CODE: 'x' })
    },
    ExpiredCodeException:
      'A code ends with its session, and the answer is then that the session is over (NotAuthorized).',
    InvalidPasswordException: async (s) => (await invited(s))('Short-1'),
    PasswordHistoryPolicyViolationException: async (s) => (await invited(s))(password),
    PasswordResetRequiredException: async (s) => {
      const Username = await s.newUser()
      return later(s, Username, () => s.call('AdminResetUserPassword', { UserPoolId: s.poolId, Username }))
    },
    UserNotConfirmedException: async (s) => later(s, await s.newUser({ signedUp: true }), async () => {}),
    UserNotFoundException: 'The sign-in of somebody who is deleted meanwhile is over: NotAuthorized.',
    MFAMethodNotFoundException: async (s) => {
      const { at, clientId, username } = await demanding(s, false, true)
      const { Session } = await s.begin(username, begun, {}, clientId)
      const answers = { USERNAME: username, NEW_PASSWORD: 'Another-Horse-2' }
      return respond(s, 'NEW_PASSWORD_REQUIRED', Session, answers, at)
    },
    SoftwareTokenMFANotFoundException: async (s) => {
      const { at, clientId, username } = await demanding(s, true)
      const { Session } = await s.begin(username, begun, {}, clientId)
      return respond(s, 'MFA_SETUP', Session, { USERNAME: username }, at)
    },
    AliasExistsException: async (s) => {
      const poolId = await s.newPool({ AliasAttributes: ['email'] })
      await s.call('SetUserPoolMfaConfig', { UserPoolId: poolId, MfaConfiguration: 'ON', EmailMfaConfiguration: {} })
      const clientId = (await s.newClient({}, poolId)).id
      await s.newUser({ poolId, attributes: { email: 'taken@example.com' } })
      const username = await s.newUser({ poolId, attributes: {} })
      const { Session } = await s.begin(username, begun, {}, clientId)
      const answers = { USERNAME: username, EMAIL: 'taken@example.com' }
      return respond(s, 'MFA_SETUP', Session, answers, { poolId, clientId })
    },
    InvalidUserPoolConfigurationException: obeyed,
  }
}

const responseByUser: Respond = (s, ChallengeName, Session, ChallengeResponses, at = s) =>
  s.call('RespondToAuthChallenge', { ClientId: at.clientId, ChallengeName, Session, ChallengeResponses })
const responseByAdministrator: Respond = (s, ChallengeName, Session, ChallengeResponses, at = s) =>
  s.call('AdminRespondToAuthChallenge', {
    UserPoolId: at.poolId,
    ClientId: at.clientId,
    ChallengeName,
    Session,
    ChallengeResponses,
  })

/** Sign-ins, what answers their steps, and tokens. */
export const signingIn: Rows = {
  InitiateAuth: beginning(byUser),
  AdminInitiateAuth: {
    ...beginning(byAdministrator),
    MFAMethodNotFoundException: async (s) => {
      const { poolId, clientId, username } = await demanding(s, false)
      return byAdministrator(s, username, { poolId, clientId })
    },
  },
  RespondToAuthChallenge: responding(responseByUser),
  AdminRespondToAuthChallenge: responding(responseByAdministrator),
  GetTokensFromRefreshToken: {
    NotAuthorizedException: (s) => s.call('GetTokensFromRefreshToken', { ClientId: s.clientId, RefreshToken: 'x' }),
    UserNotFoundException: 'The refresh tokens of somebody who is deleted are gone: NotAuthorized.',
    RefreshTokenReuseException: async (s) => {
      const RefreshTokenRotation = { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 }
      const { id: ClientId } = await s.newClient({
        RefreshTokenRotation,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      })
      const { RefreshToken } = await s.signIn(await s.newUser(), ClientId)
      await s.call('GetTokensFromRefreshToken', { ClientId, RefreshToken })
      return s.call('GetTokensFromRefreshToken', { ClientId, RefreshToken })
    },
  },
  GetClientToken: {
    NotAuthorizedException: (s) => s.call('GetClientToken', { ClientId: s.clientId, Secret: 'x'.repeat(30) }),
  },
  RevokeToken: {
    UnauthorizedException: async (s) => {
      const { id: ClientId } = await s.newClient({ GenerateSecret: true })
      return s.call('RevokeToken', { ClientId, Token: 'x', ClientSecret: 'x'.repeat(30) })
    },
    UnsupportedOperationException: async (s) => {
      const { id: ClientId } = await s.newClient({ EnableTokenRevocation: false })
      return s.call('RevokeToken', { ClientId, Token: 'x' })
    },
    UnsupportedTokenTypeException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('RevokeToken', { ClientId: s.clientId, Token: AccessToken })
    },
  },
  RevokeUserSession: {
    ResourceNotFoundException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('RevokeUserSession', { AccessToken, SessionId: `tkn${'0'.repeat(25)}` })
    },
  },
}
