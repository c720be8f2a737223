import * as accounts from './operations/accounts.ts'
import * as authenticators from './operations/factors/authenticators.ts'
import * as devices from './operations/factors/devices.ts'
import * as mfa from './operations/factors/mfa.ts'
import * as passkeys from './operations/factors/passkeys.ts'
import * as groups from './operations/groups.ts'
import * as sessions from './operations/sessions.ts'
import * as branding from './operations/setup/branding.ts'
import * as clients from './operations/setup/clients.ts'
import * as identityProviders from './operations/setup/identity-providers.ts'
import * as pools from './operations/setup/pools.ts'
import * as resourceServers from './operations/setup/resource-servers.ts'
import * as terms from './operations/setup/terms.ts'
import * as signIn from './operations/sign-in.ts'
import * as signUp from './operations/sign-up.ts'
import * as tokens from './operations/tokens.ts'
import * as users from './operations/users.ts'
import { type Operations, refuse } from './refuse.ts'

/** All 140 operations. What is not supported is said in code and printed to docs/operations.md. */
// biome-ignore format: a table
export const operations: Operations = {
  ...accounts,
  ...authenticators,
  ...branding,
  ...clients,
  ...devices,
  ...groups,
  ...identityProviders,
  ...mfa,
  ...passkeys,
  ...pools,
  ...resourceServers,
  ...sessions,
  ...signIn,
  ...signUp,
  ...terms,
  ...tokens,
  ...users,


  AddUserPoolClientSecret: refuse('second client secrets are not there yet'),
  DeleteUserPoolClientSecret: refuse('second client secrets are not there yet'),
  ListUserPoolClientSecrets: refuse('second client secrets are not there yet'),


  AdminListUserAuthEvents: refuse('threat protection and log delivery are not there yet'),
  AdminUpdateAuthEventFeedback: refuse('threat protection and log delivery are not there yet'),
  DescribeRiskConfiguration: refuse('threat protection and log delivery are not there yet'),
  GetLogDeliveryConfiguration: refuse('threat protection and log delivery are not there yet'),
  SetLogDeliveryConfiguration: refuse('threat protection and log delivery are not there yet'),
  SetRiskConfiguration: refuse('threat protection and log delivery are not there yet'),
  UpdateAuthEventFeedback: refuse('threat protection and log delivery are not there yet'),


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
