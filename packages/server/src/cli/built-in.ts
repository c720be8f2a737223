import type { Document } from './document.ts'

/** Users of the built-in document, for the banner. */
export const builtInPassword = 'Correct-horse-1'

/** Addresses of websites in development: a back end of our examples, and a Vite front end. */
const websites = ['http://localhost:5173/', 'http://localhost:9501/']

/** What `poolhouse dev` serves without a configuration file: a pool to try things with. */
export const builtInDocument = {
  pools: [
    {
      Id: 'local_dev',
      PoolName: 'dev',
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      Domain: 'dev',
      Clients: [
        {
          ClientId: 'web',
          ClientName: 'web',
          CallbackURLs: websites,
          LogoutURLs: websites,
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['code'],
          AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
          SupportedIdentityProviders: ['COGNITO'],
          ExplicitAuthFlows: [
            'ALLOW_USER_SRP_AUTH',
            'ALLOW_USER_PASSWORD_AUTH',
            'ALLOW_USER_AUTH',
            'ALLOW_REFRESH_TOKEN_AUTH',
          ],
          PreventUserExistenceErrors: 'ENABLED',
          EnableTokenRevocation: true,
        },
      ],
      Groups: [{ GroupName: 'admin', Description: 'May do everything', Precedence: 1 }],
      Users: [
        {
          Username: 'ada@example.com',
          Password: builtInPassword,
          UserAttributes: [
            { Name: 'email_verified', Value: 'true' },
            { Name: 'name', Value: 'Ada Lovelace' },
          ],
          Groups: ['admin'],
        },
        {
          Username: 'sam@example.com',
          Password: builtInPassword,
          UserAttributes: [
            { Name: 'email_verified', Value: 'true' },
            { Name: 'name', Value: 'Sam Example' },
          ],
        },
      ],
    },
  ],
} satisfies Document
