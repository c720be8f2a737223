/** The operations that aws-sdk.test.ts calls. */
const inOneStory = `
  CreateUserPool DescribeUserPool UpdateUserPool DeleteUserPool ListUserPools GetUserPoolMfaConfig SetUserPoolMfaConfig
  CreateUserPoolDomain DescribeUserPoolDomain DeleteUserPoolDomain
  CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient DeleteUserPoolClient ListUserPoolClients
  SignUp ConfirmSignUp ResendConfirmationCode ForgotPassword ConfirmForgotPassword ChangePassword
  InitiateAuth RespondToAuthChallenge AdminInitiateAuth AdminRespondToAuthChallenge GlobalSignOut RevokeToken
  GetUser UpdateUserAttributes GetUserAttributeVerificationCode VerifyUserAttribute DeleteUser
  AdminCreateUser AdminGetUser AdminConfirmSignUp AdminSetUserPassword AdminDeleteUser AdminUserGlobalSignOut ListUsers
  CreateGroup GetGroup UpdateGroup DeleteGroup ListGroups
  AdminAddUserToGroup AdminRemoveUserFromGroup AdminListGroupsForUser ListUsersInGroup
  TagResource UntagResource ListTagsForResource
`

/** The operations that have a suite of their own, by its file. */
export const elsewhere: Readonly<Record<string, readonly string[]>> = {
  'accounts.test.ts': names(`
    AdminDisableUser AdminEnableUser AdminResetUserPassword AdminLinkProviderForUser AdminDisableProviderForUser
    UpdateUserPoolDomain
  `),
  'attributes.test.ts': names(`
    AddCustomAttributes DeleteUserAttributes AdminUpdateUserAttributes AdminDeleteUserAttributes
  `),
  // What federation.test.ts and its neighbours call for every provider.
  'federation.ts': names('CreateIdentityProvider'),
  'federation.test.ts': names(`
    DescribeIdentityProvider UpdateIdentityProvider DeleteIdentityProvider ListIdentityProviders
    GetIdentityProviderByIdentifier
  `),
  'branding.test.ts': names(`
    CreateManagedLoginBranding DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient
    UpdateManagedLoginBranding DeleteManagedLoginBranding GetUICustomization SetUICustomization
  `),
  'rotation.test.ts': names('GetTokensFromRefreshToken'),
  'machine-to-machine.test.ts': names(`
    CreateResourceServer DescribeResourceServer UpdateResourceServer DeleteResourceServer ListResourceServers
    GetClientToken
  `),
  'mfa.test.ts': names(`
    SetUserMFAPreference AdminSetUserMFAPreference SetUserSettings AdminSetUserSettings
    GetUserAuthFactors AdminGetUserAuthFactors
  `),
  'terms.test.ts': names('CreateTerms DescribeTerms DescribeTermsByClient UpdateTerms DeleteTerms ListTerms'),
  'saml.test.ts': names('GetSigningCertificate'),
  'sessions.test.ts': names(`
    ListUserSessions RevokeUserSession AdminListUserSessions AdminRevokeUserSession
    GetUserPoolSessionConfiguration SetUserPoolSessionConfiguration
    GetUserPoolClientSessionConfiguration SetUserPoolClientSessionConfiguration
  `),
}

/** Operations that a suite of their own calls, which says itself when one is missing. */
export const suites = {
  authenticators: names('AssociateSoftwareToken VerifySoftwareToken AdminDeleteSoftwareToken'),
  passkeys: names(`
    StartWebAuthnRegistration CompleteWebAuthnRegistration ListWebAuthnCredentials DeleteWebAuthnCredential
  `),
  devices: names(`
    ConfirmDevice GetDevice ListDevices UpdateDeviceStatus ForgetDevice
    AdminGetDevice AdminListDevices AdminUpdateDeviceStatus AdminForgetDevice
  `),
} as const

/** Every operation that Poolhouse offers; all others of the contract are refused aloud. */
export const offered: ReadonlySet<string> = new Set([
  ...names(inOneStory),
  ...Object.values(elsewhere).flat(),
  ...Object.values(suites).flat(),
])

function names(text: string): string[] {
  return text.trim().split(/\s+/)
}
