import { randomBytes } from 'node:crypto'
import { password } from '../pool.ts'
import type { Rows } from './rows.ts'
import type { Stage } from './stage.ts'

const another = 'Another-Horse-2'
const day = 24 * 3_600_000

/** The last of so many calls, of which those before may be rejected. */
async function last(count: number, call: () => Promise<unknown>): Promise<unknown> {
  for (let n = 1; n < count; n++) await call().catch(() => {})
  return call()
}

/** Somebody who has asked for a code to reset the password. */
async function forgot(s: Stage) {
  const Username = await s.newUser()
  await s.call('ForgotPassword', { ClientId: s.clientId, Username })
  const code = await s.server.code(`${Username}@example.com`, 'ForgotPassword')
  const confirm = (ConfirmationCode: string, Password = another) =>
    s.call('ConfirmForgotPassword', { ClientId: s.clientId, Username, ConfirmationCode, Password })
  return { Username, code, confirm }
}

/** Somebody who has signed up and not confirmed it. */
async function signedUp(s: Stage) {
  const Username = await s.newUser({ signedUp: true })
  const confirm = (ConfirmationCode: string) =>
    s.call('ConfirmSignUp', { ClientId: s.clientId, Username, ConfirmationCode })
  return { Username, confirm }
}

/** A pool whose users are also named by their verified address, with one who has the address. */
async function aliases(s: Stage) {
  const poolId = await s.newPool({ AliasAttributes: ['email'] })
  const clientId = (await s.newClient({}, poolId)).id
  const email = `${randomBytes(4).toString('hex')}@example.com`
  await s.newUser({ poolId, attributes: { email } })
  return { poolId, clientId, email }
}

/** Somebody signed in with a code for the own address. */
async function verifying(s: Stage, sent = true) {
  const username = await s.newUser()
  const { AccessToken } = await s.signIn(username)
  if (sent) await s.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' })
  const verify = (Code: string) => s.call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code })
  return { AccessToken, verify }
}

const noCode = 'The operation takes no code.'
const notCounted = 'AWS counts it by account, an administrator is not limited here.'

/** Sign-up, confirmation, forgotten passwords, attributes, and what administrators do with accounts. */
export const accountLife: Rows = {
  SignUp: {
    InvalidPasswordException: (s) =>
      s.call('SignUp', { ClientId: s.clientId, Username: 'weak', Password: 'Short-1', UserAttributes: [] }),
    UsernameExistsException: async (s) =>
      s.call('SignUp', { ClientId: s.clientId, Username: await s.newUser(), Password: password }),
  },
  ConfirmSignUp: {
    CodeMismatchException: async (s) => (await signedUp(s)).confirm('x'),
    ExpiredCodeException: async (s) => {
      const { confirm } = await signedUp(s)
      s.server.tick(day)
      return confirm('x')
    },
    AliasExistsException: async (s) => {
      const { clientId, email } = await aliases(s)
      const Username = await s.newUser({ signedUp: true, clientId, attributes: { email } })
      const ConfirmationCode = await s.server.code(email, 'SignUp')
      return s.call('ConfirmSignUp', { ClientId: clientId, Username, ConfirmationCode })
    },
    LimitExceededException: async (s) => {
      const { confirm } = await signedUp(s)
      return last(16, () => confirm('x'))
    },
    UserNotFoundException: (s) =>
      s.call('ConfirmSignUp', { ClientId: s.clientId, Username: 'nobody', ConfirmationCode: 'x' }),
  },
  ResendConfirmationCode: {
    LimitExceededException: async (s) => {
      const { Username } = await signedUp(s)
      return last(6, () => s.call('ResendConfirmationCode', { ClientId: s.clientId, Username }))
    },
  },
  ForgotPassword: {
    LimitExceededException: async (s) => {
      const Username = await s.newUser()
      return last(6, () => s.call('ForgotPassword', { ClientId: s.clientId, Username }))
    },
  },
  ConfirmForgotPassword: {
    CodeMismatchException: async (s) => (await forgot(s)).confirm('x'),
    ExpiredCodeException: async (s) => {
      const { code, confirm } = await forgot(s)
      s.server.tick(3_600_000)
      return confirm(code)
    },
    InvalidPasswordException: async (s) => {
      const { code, confirm } = await forgot(s)
      return confirm(code, 'Short-1')
    },
    PasswordHistoryPolicyViolationException: async (s) => {
      const { code, confirm } = await forgot(s)
      return confirm(code, password)
    },
    LimitExceededException: async (s) => {
      const { confirm } = await forgot(s)
      return last(21, () => confirm('x'))
    },
    UserNotConfirmedException:
      'Who is not confirmed has no verified address, and so no code that could be right: ExpiredCode.',
    UserNotFoundException: (s) =>
      s.call('ConfirmForgotPassword', {
        ClientId: s.clientId,
        Username: 'nobody',
        ConfirmationCode: 'x',
        Password: another,
      }),
  },
  ChangePassword: {
    InvalidPasswordException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: 'Short-1' })
    },
    PasswordHistoryPolicyViolationException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: password })
    },
    LimitExceededException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      const change = { AccessToken, PreviousPassword: 'Wrong-Horse-1', ProposedPassword: another }
      return last(6, () => s.call('ChangePassword', change))
    },
  },
  GetUserAttributeVerificationCode: {
    LimitExceededException: async (s) => {
      const { AccessToken } = await verifying(s, false)
      return last(6, () => s.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' }))
    },
  },
  VerifyUserAttribute: {
    CodeMismatchException: async (s) => (await verifying(s)).verify('x'),
    ExpiredCodeException: async (s) => (await verifying(s, false)).verify('x'),
    LimitExceededException: async (s) => {
      const { verify } = await verifying(s)
      return last(16, () => verify('x'))
    },
    AliasExistsException: async (s) => {
      const { poolId, clientId, email } = await aliases(s)
      const username = await s.newUser({ poolId, attributes: { email: `other-${email}` } })
      const { AccessToken = '' } = await s.signIn(username, clientId)
      // It has no owner when it is asked for, and one when it is proven.
      const free = `free-${email}`
      await s.call('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name: 'email', Value: free }] })
      const Code = await s.server.code(free, 'UpdateUserAttribute')
      await s.newUser({ poolId, attributes: { email: free } })
      return s.call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code })
    },
  },
  UpdateUserAttributes: {
    AliasExistsException: async (s) => {
      const poolId = await s.newPool({ AliasAttributes: ['preferred_username'] })
      const clientId = (await s.newClient({}, poolId)).id
      await s.newUser({ poolId, attributes: { preferred_username: 'taken' } })
      const { AccessToken } = await s.signIn(await s.newUser({ poolId, attributes: {} }), clientId)
      return s.call('UpdateUserAttributes', {
        AccessToken,
        UserAttributes: [{ Name: 'preferred_username', Value: 'taken' }],
      })
    },
    CodeMismatchException: noCode,
    ExpiredCodeException: noCode,
  },
  AdminConfirmSignUp: {
    NotAuthorizedException: async (s) =>
      s.call('AdminConfirmSignUp', { UserPoolId: s.poolId, Username: await s.newUser() }),
    LimitExceededException: notCounted,
  },
  AdminCreateUser: {
    InvalidPasswordException: (s) =>
      s.call('AdminCreateUser', { UserPoolId: s.poolId, Username: 'weak', TemporaryPassword: 'Short-1' }),
    UsernameExistsException: async (s) =>
      s.call('AdminCreateUser', { UserPoolId: s.poolId, Username: await s.newUser() }),
    UserNotFoundException: (s) =>
      s.call('AdminCreateUser', { UserPoolId: s.poolId, Username: 'nobody', MessageAction: 'RESEND' }),
    UnsupportedUserStateException: async (s) =>
      s.call('AdminCreateUser', { UserPoolId: s.poolId, Username: await s.newUser(), MessageAction: 'RESEND' }),
    PreconditionNotMetException: 'AWS has it for messages without an identity to send them by; there are none here.',
  },
  AdminResetUserPassword: {
    NotAuthorizedException: async (s) =>
      s.call('AdminResetUserPassword', { UserPoolId: s.poolId, Username: await s.newUser({ temporary: true }) }),
    LimitExceededException: notCounted,
  },
  AdminSetUserPassword: {
    InvalidPasswordException: async (s) =>
      s.call('AdminSetUserPassword', { UserPoolId: s.poolId, Username: await s.newUser(), Password: 'Short-1' }),
    PasswordHistoryPolicyViolationException: async (s) =>
      s.call('AdminSetUserPassword', { UserPoolId: s.poolId, Username: await s.newUser(), Password: password }),
  },
  AdminUpdateUserAttributes: {
    AliasExistsException: async (s) => {
      const { poolId, email } = await aliases(s)
      const Username = await s.newUser({ poolId, attributes: {} })
      const UserAttributes = [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ]
      return s.call('AdminUpdateUserAttributes', { UserPoolId: poolId, Username, UserAttributes })
    },
  },
  AdminLinkProviderForUser: {
    AliasExistsException: 'An identity that is linked already is an InvalidParameter, in the words seen on AWS.',
    InvalidParameterException: async (s) =>
      s.call('AdminLinkProviderForUser', link(s, await s.newUser(), { ProviderName: 'Cognito' })),
    UserNotFoundException: (s) => s.call('AdminLinkProviderForUser', link(s, 'nobody')),
    LimitExceededException: async (s) => {
      const Username = await s.newUser()
      return last(6, () => s.call('AdminLinkProviderForUser', link(s, Username)))
    },
  },
  AdminDisableProviderForUser: {
    AliasExistsException: 'Nothing gets a name here.',
    InvalidParameterException: (s) =>
      s.call('AdminDisableProviderForUser', { UserPoolId: s.poolId, User: { ProviderName: 'Google' } }),
    UserNotFoundException: (s) =>
      s.call('AdminDisableProviderForUser', {
        UserPoolId: s.poolId,
        User: { ProviderName: 'Cognito', ProviderAttributeValue: 'nobody' },
      }),
  },
  AdminAddUserToGroup: { UserNotFoundException: (s) => member(s, 'AdminAddUserToGroup') },
  AdminRemoveUserFromGroup: { UserNotFoundException: (s) => member(s, 'AdminRemoveUserFromGroup') },
  CreateGroup: {
    GroupExistsException: async (s) => {
      const group = { UserPoolId: s.poolId, GroupName: 'twice' }
      await s.call('CreateGroup', group)
      return s.call('CreateGroup', group)
    },
  },
}

/** Nobody, of a group that there is. */
async function member(s: Stage, name: 'AdminAddUserToGroup' | 'AdminRemoveUserFromGroup') {
  const GroupName = randomBytes(4).toString('hex')
  await s.call('CreateGroup', { UserPoolId: s.poolId, GroupName })
  return s.call(name, { UserPoolId: s.poolId, GroupName, Username: 'nobody' })
}

function link({ poolId }: Stage, Username: string, source: object = {}) {
  return {
    UserPoolId: poolId,
    DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: Username },
    SourceUser: {
      ProviderName: 'Google',
      ProviderAttributeName: 'Cognito_Subject',
      ProviderAttributeValue: randomBytes(8).toString('hex'),
      ...source,
    },
  }
}
