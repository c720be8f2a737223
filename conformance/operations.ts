/** Operations that a suite of their own calls, by its name; all others are called by the suite of the AWS SDK. */
export const suites = {
  authenticators: words('AssociateSoftwareToken VerifySoftwareToken AdminDeleteSoftwareToken'),
  passkeys: words(`
    StartWebAuthnRegistration CompleteWebAuthnRegistration ListWebAuthnCredentials DeleteWebAuthnCredential
  `),
  devices: words(`
    ConfirmDevice GetDevice ListDevices UpdateDeviceStatus ForgetDevice
    AdminGetDevice AdminListDevices AdminUpdateDeviceStatus AdminForgetDevice
  `),
} as const

/** Every operation that Poolhouse offers; all others of the contract are refused aloud. */
export const offered: ReadonlySet<string> = new Set([
  ...Object.values(suites).flat(),
  ...words(`
    CreateUserPool DescribeUserPool UpdateUserPool DeleteUserPool ListUserPools GetUserPoolMfaConfig SetUserPoolMfaConfig
    CreateUserPoolDomain DescribeUserPoolDomain DeleteUserPoolDomain
    CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient DeleteUserPoolClient ListUserPoolClients
    SignUp ConfirmSignUp ResendConfirmationCode ForgotPassword ConfirmForgotPassword ChangePassword
    InitiateAuth RespondToAuthChallenge AdminInitiateAuth AdminRespondToAuthChallenge GlobalSignOut RevokeToken
    GetUser UpdateUserAttributes GetUserAttributeVerificationCode VerifyUserAttribute DeleteUser
    AdminCreateUser AdminGetUser AdminConfirmSignUp AdminSetUserPassword AdminDeleteUser AdminUserGlobalSignOut ListUsers
    CreateGroup GetGroup UpdateGroup DeleteGroup ListGroups
    AdminAddUserToGroup AdminRemoveUserFromGroup AdminListGroupsForUser
    TagResource UntagResource ListTagsForResource
  `),
])

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
