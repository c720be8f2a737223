/** Every operation that Poolhouse offers; all others of the contract are refused aloud. */
export const offered: ReadonlySet<string> = new Set(
  `
  CreateUserPool DescribeUserPool UpdateUserPool DeleteUserPool ListUserPools GetUserPoolMfaConfig SetUserPoolMfaConfig
  CreateUserPoolDomain DescribeUserPoolDomain DeleteUserPoolDomain
  CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient DeleteUserPoolClient ListUserPoolClients
  SignUp ConfirmSignUp ResendConfirmationCode ForgotPassword ConfirmForgotPassword ChangePassword
  InitiateAuth RespondToAuthChallenge AdminInitiateAuth AdminRespondToAuthChallenge GlobalSignOut RevokeToken
  GetUser UpdateUserAttributes GetUserAttributeVerificationCode VerifyUserAttribute DeleteUser
  AdminCreateUser AdminGetUser AdminConfirmSignUp AdminSetUserPassword AdminDeleteUser AdminUserGlobalSignOut ListUsers
  CreateGroup GetGroup UpdateGroup DeleteGroup ListGroups
  AdminAddUserToGroup AdminRemoveUserFromGroup AdminListGroupsForUser
  ListUsersInGroup
  AddCustomAttributes UpdateUserPoolDomain DeleteUserAttributes
  AdminUpdateUserAttributes AdminDeleteUserAttributes AdminDisableUser AdminEnableUser AdminResetUserPassword
  AdminLinkProviderForUser AdminDisableProviderForUser
  TagResource UntagResource ListTagsForResource
  `
    .trim()
    .split(/\s+/),
)
