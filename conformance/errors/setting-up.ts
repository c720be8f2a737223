import type { OperationName } from '@poolhouse/api'
import type { Row, Rows } from './rows.ts'
import type { Input, Stage } from './stage.ts'

/** A pool of the tier that has least. */
const lite =
  (name: OperationName, more: Input = {}): Row =>
  async (s) => {
    const UserPoolId = await s.newPool({ UserPoolTier: 'LITE' })
    const ClientId = (await s.newClient({}, UserPoolId)).id
    return s.call(name, { UserPoolId, ...(name.includes('Client') && { ClientId }), ...more })
  }

const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } }
const oauth = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['nowhere/read'],
  CallbackURLs: ['https://example.com/'],
}
const ClientName = 'app'
const invalidFlow = 'Flows that do not go together are an InvalidParameter, with the sentence of AWS.'

/** Something of a pool that is not there. */
const missing =
  (name: OperationName, members: Input): Row =>
  (s: Stage) =>
    s.call(name, { UserPoolId: s.poolId, ...members })

/** Pools, clients, resource servers and domains. */
export const settingUp: Rows = {
  CreateUserPool: {
    FeatureUnavailableInTierException: (s) =>
      s.call('CreateUserPool', { PoolName: 'lite', UserPoolTier: 'LITE', Policies }),
  },
  UpdateUserPool: { FeatureUnavailableInTierException: lite('UpdateUserPool', { UserPoolTier: 'LITE', Policies }) },
  SetUserPoolMfaConfig: {
    FeatureUnavailableInTierException: lite('SetUserPoolMfaConfig', { EmailMfaConfiguration: {} }),
  },
  SetUserPoolSessionConfiguration: {
    FeatureUnavailableInTierException: lite('SetUserPoolSessionConfiguration', {
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 1 },
    }),
  },
  SetUserPoolClientSessionConfiguration: {
    FeatureUnavailableInTierException: lite('SetUserPoolClientSessionConfiguration', {
      SSOSession: { MaxValidityMinutes: 60 },
    }),
  },
  DescribeUserPoolDomain: {
    ResourceNotFoundException: 'A domain that is not there is described by nothing, as on AWS.',
  },
  CreateUserPoolClient: {
    ScopeDoesNotExistException: missing('CreateUserPoolClient', { ClientName, ...oauth }),
    InvalidOAuthFlowException: invalidFlow,
  },
  UpdateUserPoolClient: {
    ScopeDoesNotExistException: (s) =>
      s.call('UpdateUserPoolClient', { UserPoolId: s.poolId, ClientId: s.clientId, ...oauth }),
    InvalidOAuthFlowException: invalidFlow,
  },
}
