import * as authenticators from './operations/authenticators.ts'
import * as clients from './operations/clients.ts'
import * as devices from './operations/devices.ts'
import * as groups from './operations/groups.ts'
import * as passkeys from './operations/passkeys.ts'
import * as pools from './operations/pools.ts'
import * as signIn from './operations/sign-in.ts'
import * as signUp from './operations/sign-up.ts'
import * as users from './operations/users.ts'
import { type Operations, refuse } from './refuse.ts'

/** All 140 operations. What is not supported is said in code and printed to docs/operations.md. */
// biome-ignore format: a table
export const operations: Operations = {
  ...authenticators,
  ...clients,
  ...devices,
  ...groups,
  ...passkeys,
  ...pools,
  ...signIn,
  ...signUp,
  ...users,

  AddCustomAttributes: refuse('it is not there yet'),
  AdminDeleteUserAttributes: refuse('it is not there yet'),
  AdminDisableUser: refuse('it is not there yet'),
  AdminEnableUser: refuse('it is not there yet'),
  AdminResetUserPassword: refuse('it is not there yet'),
  AdminUpdateUserAttributes: refuse('it is not there yet'),
  DeleteUserAttributes: refuse('it is not there yet'),
  ListUsersInGroup: refuse('it is not there yet'),
  UpdateUserPoolDomain: refuse('it is not there yet'),

  AddUserPoolClientSecret: refuse('second client secrets are not there yet'),
  DeleteUserPoolClientSecret: refuse('second client secrets are not there yet'),
  ListUserPoolClientSecrets: refuse('second client secrets are not there yet'),

  AdminGetUserAuthFactors: refuse('factors beside the password are not there yet'),
  AdminSetUserMFAPreference: refuse('factors beside the password are not there yet'),
  AdminSetUserSettings: refuse('factors beside the password are not there yet'),
  GetUserAuthFactors: refuse('factors beside the password are not there yet'),
  SetUserMFAPreference: refuse('factors beside the password are not there yet'),
  SetUserSettings: refuse('factors beside the password are not there yet'),

  AdminDisableProviderForUser: refuse('federation is not there yet'),
  AdminLinkProviderForUser: refuse('federation is not there yet'),
  CreateIdentityProvider: refuse('federation is not there yet'),
  DeleteIdentityProvider: refuse('federation is not there yet'),
  DescribeIdentityProvider: refuse('federation is not there yet'),
  GetIdentityProviderByIdentifier: refuse('federation is not there yet'),
  GetSigningCertificate: refuse('federation is not there yet'),
  ListIdentityProviders: refuse('federation is not there yet'),
  UpdateIdentityProvider: refuse('federation is not there yet'),

  AdminListUserAuthEvents: refuse('threat protection and log delivery are not there yet'),
  AdminUpdateAuthEventFeedback: refuse('threat protection and log delivery are not there yet'),
  DescribeRiskConfiguration: refuse('threat protection and log delivery are not there yet'),
  GetLogDeliveryConfiguration: refuse('threat protection and log delivery are not there yet'),
  SetLogDeliveryConfiguration: refuse('threat protection and log delivery are not there yet'),
  SetRiskConfiguration: refuse('threat protection and log delivery are not there yet'),
  UpdateAuthEventFeedback: refuse('threat protection and log delivery are not there yet'),

  AdminListUserSessions: refuse('lists of sessions are not there yet'),
  AdminRevokeUserSession: refuse('lists of sessions are not there yet'),
  GetUserPoolClientSessionConfiguration: refuse('lists of sessions are not there yet'),
  GetUserPoolSessionConfiguration: refuse('lists of sessions are not there yet'),
  ListUserSessions: refuse('lists of sessions are not there yet'),
  RevokeUserSession: refuse('lists of sessions are not there yet'),
  SetUserPoolClientSessionConfiguration: refuse('lists of sessions are not there yet'),
  SetUserPoolSessionConfiguration: refuse('lists of sessions are not there yet'),

  GetTokensFromRefreshToken: refuse('it comes with all ways to sign in'),

  CreateManagedLoginBranding: refuse('branding is not there yet'),
  CreateTerms: refuse('branding is not there yet'),
  DeleteManagedLoginBranding: refuse('branding is not there yet'),
  DeleteTerms: refuse('branding is not there yet'),
  DescribeManagedLoginBranding: refuse('branding is not there yet'),
  DescribeManagedLoginBrandingByClient: refuse('branding is not there yet'),
  DescribeTerms: refuse('branding is not there yet'),
  DescribeTermsByClient: refuse('branding is not there yet'),
  GetUICustomization: refuse('branding is not there yet'),
  ListTerms: refuse('branding is not there yet'),
  SetUICustomization: refuse('branding is not there yet'),
  UpdateManagedLoginBranding: refuse('branding is not there yet'),
  UpdateTerms: refuse('branding is not there yet'),

  CreateResourceServer: refuse('machine-to-machine access is not there yet'),
  DeleteResourceServer: refuse('machine-to-machine access is not there yet'),
  DescribeResourceServer: refuse('machine-to-machine access is not there yet'),
  GetClientToken: refuse('machine-to-machine access is not there yet'),
  ListResourceServers: refuse('machine-to-machine access is not there yet'),
  UpdateResourceServer: refuse('machine-to-machine access is not there yet'),

  CreateUserImportJob: refuse('import is not there yet'),
  DescribeUserImportJob: refuse('import is not there yet'),
  GetCSVHeader: refuse('import is not there yet'),
  ListUserImportJobs: refuse('import is not there yet'),
  StartUserImportJob: refuse('import is not there yet'),
  StopUserImportJob: refuse('import is not there yet'),

  CreateUserPoolReplica: refuse("replication between regions is the database's business here"),
  DeleteUserPoolReplica: refuse("replication between regions is the database's business here"),
  ListUserPoolReplicas: refuse("replication between regions is the database's business here"),
  UpdateUserPoolReplica: refuse("replication between regions is the database's business here"),

  GetProvisionedLimit: refuse('there are no AWS quotas here'),
  UpdateProvisionedLimit: refuse('there are no AWS quotas here'),
}
