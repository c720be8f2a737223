// What AWS accepts beyond the type of a member: lengths, patterns, ranges, sizes of lists.
// The AWS SDK does not carry these. They were taken once from the published model of the API, which AWS distributes
// with botocore under Apache-2.0 (see NOTICE), and are kept by hand since.

/** The limits of one member. `min` and `max` bound a text's length, a number's value, a list's or map's size. */
export interface Constraint {
  readonly min?: number
  readonly max?: number
  /** A whole match is asked for. Java's dialect, spelled as AWS prints it. */
  readonly pattern?: string
  /** The keys of a map. */
  readonly keys?: Constraint
  /** The elements of a list, the values of a map. */
  readonly each?: Constraint
}

const { raw } = String
const printable = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
const noSpace = raw`[\S]+`
const prose = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+`
const proseWithCode = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`
const attributeName = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`
const providerName = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+`
const token = raw`[A-Za-z0-9-_=.]+`
const title = raw`[\w\s+=,.@-]+`
const textWithCode = raw`.*\{####\}.*`
const uuid = raw`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`
const arnPattern = raw`arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?`
const scope = raw`[\x21\x23-\x5B\x5D-\x7E]+`
const word = raw`[\w+]+`

const anyText: Constraint = { min: 0, max: 131_072 }
const anyMap: Constraint = { keys: anyText, each: anyText }
const arn: Constraint = { min: 20, max: 2048, pattern: arnPattern }
const password: Constraint = { max: 256, pattern: noSpace }

/** The limits of every member of an input, by its name; where a structure has its own, by `Structure.Member`. */
// biome-ignore format: a table
export const constraints: Readonly<Record<string, Constraint>> = {
  AccessToken: { pattern: token },
  'TokenValidityUnitsType.AccessToken': {},
  AccessTokenValidity: { min: 1, max: 86_400 },
  AllowedFirstAuthFactors: { min: 1, max: 4 },
  AllowedOAuthFlows: { min: 0, max: 3 },
  AllowedOAuthScopes: { max: 50, each: { min: 1, max: 256, pattern: scope } },
  AnalyticsEndpointId: anyText,
  ApplicationArn: arn,
  ApplicationId: { pattern: raw`^[0-9a-fA-F]+$` },
  Assets: { min: 0, max: 40 },
  AttributeMapping: { keys: { min: 1, max: 32 }, each: anyText },
  AttributeName: { min: 1, max: 32, pattern: attributeName },
  AttributesToGet: { each: { min: 1, max: 32, pattern: attributeName } },
  AuthParameters: anyMap,
  AuthSessionValidity: { min: 3, max: 15 },
  BlockedIPRangeList: { max: 200, each: anyText },
  BucketArn: { min: 3, max: 1024, pattern: raw`arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?` },
  Bytes: { max: 1_000_000 },
  CSS: anyText,
  CallbackURLs: { min: 0, max: 100, each: { min: 1, max: 1024, pattern: printable } },
  CertificateArn: arn,
  ChallengeResponses: anyMap,
  ClientId: { min: 1, max: 128, pattern: word },
  ClientMetadata: anyMap,
  ClientName: { min: 1, max: 128, pattern: title },
  ClientSecret: { min: 24, max: 64, pattern: word },
  ClientSecretId: { min: 1, max: 128 },
  CloudWatchLogsRoleArn: arn,
  Code: { min: 1, max: 2048, pattern: noSpace },
  ConfigurationSet: { min: 1, max: 64, pattern: raw`^[a-zA-Z0-9_-]+$` },
  ConfirmationCode: { min: 1, max: 2048, pattern: noSpace },
  CreateAuthChallenge: arn,
  CredentialId: anyText,
  CustomAttributes: { min: 1, max: 25 },
  CustomMessage: arn,
  DefaultRedirectURI: { min: 1, max: 1024, pattern: printable },
  DefineAuthChallenge: arn,
  Description: { max: 2048 },
  DeviceKey: { min: 1, max: 55, pattern: raw`[\w-]+_[0-9a-f-]+` },
  DeviceName: { min: 1, max: 1024 },
  // The model's pattern has one label, AWS's own examples of custom domains (CreateUserPoolDomain: auth.example.com) have more.
  Domain: { min: 1, max: 253, pattern: raw`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?)*$` },
  EmailMessage: { min: 6, max: 20_000, pattern: raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*` },
  'VerificationMessageTemplateType.EmailMessage': { min: 6, max: 20_000, pattern: proseWithCode },
  EmailMessageByLink: { min: 6, max: 20_000, pattern: raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*` },
  EmailSubject: { min: 1, max: 140, pattern: prose },
  EmailSubjectByLink: { min: 1, max: 140, pattern: prose },
  EmailVerificationMessage: { min: 6, max: 20_000, pattern: proseWithCode },
  EmailVerificationSubject: { min: 1, max: 140, pattern: prose },
  EncodedData: anyText,
  EventId: { min: 1, max: 50, pattern: raw`[\w+-]+` },
  ExternalId: anyText,
  FeedbackToken: { pattern: token },
  Filter: { max: 256 },
  FriendlyDeviceName: anyText,
  From: anyText,
  GroupName: { min: 1, max: 128, pattern: printable },
  HtmlBody: { min: 6, max: 20_000, pattern: raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+` },
  IdTokenValidity: { min: 1, max: 86_400 },
  Identifier: { min: 1, max: 256, pattern: scope },
  IdpIdentifier: { min: 1, max: 40, pattern: raw`[\w\s+=.@-]+` },
  IdpIdentifiers: { min: 0, max: 50, each: { min: 1, max: 40, pattern: raw`[\w\s+=.@-]+` } },
  ImageFile: anyText,
  IpAddress: anyText,
  JobId: { min: 1, max: 55, pattern: raw`import-[0-9a-zA-Z-]+` },
  JobName: { min: 1, max: 128, pattern: title },
  KMSKeyID: arn,
  LambdaArn: arn,
  Limit: { min: 0, max: 60 },
  Links: { min: 1, max: 13, keys: { pattern: raw`^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$` }, each: { min: 1, max: 1024, pattern: raw`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$` } },
  LogConfigurations: { min: 0, max: 2 },
  LogGroupArn: arn,
  LogoutURLs: { min: 0, max: 100, each: { min: 1, max: 1024, pattern: printable } },
  ManagedLoginBrandingId: { pattern: uuid },
  MaxLength: anyText,
  MaxResults: { min: 1, max: 60 },
  'AdminListUserAuthEventsRequest.MaxResults': { min: 0, max: 60 },
  'ListIdentityProvidersRequest.MaxResults': { min: 0, max: 60 },
  'ListResourceServersRequest.MaxResults': { min: 1, max: 50 },
  'ListWebAuthnCredentialsRequest.MaxResults': { min: 0, max: 20 },
  MaxValue: anyText,
  Message: { min: 6, max: 20_000, pattern: proseWithCode },
  MinLength: anyText,
  MinValue: anyText,
  MinimumLength: { min: 6, max: 99 },
  'AttributeType.Name': { min: 1, max: 32, pattern: attributeName },
  'CreateResourceServerRequest.Name': { min: 1, max: 256, pattern: title },
  'SchemaAttributeType.Name': { min: 1, max: 20, pattern: printable },
  'UpdateResourceServerRequest.Name': { min: 1, max: 256, pattern: title },
  NextToken: { min: 1, max: 131_072, pattern: noSpace },
  'ListIdentityProvidersRequest.NextToken': { min: 1, pattern: noSpace },
  'ListResourceServersRequest.NextToken': { min: 1, pattern: noSpace },
  'ListTermsRequest.NextToken': anyText,
  'ListUserPoolsRequest.NextToken': { min: 1, pattern: noSpace },
  PaginationToken: { min: 1, pattern: noSpace },
  Password: password,
  PasswordHistorySize: { min: 0, max: 24 },
  PasswordVerifier: anyText,
  PoolName: { min: 1, max: 128, pattern: title },
  PostAuthentication: arn,
  PostConfirmation: arn,
  PreAuthentication: arn,
  PreSignUp: arn,
  PreTokenGeneration: arn,
  Precedence: { min: 0 },
  PreviousPassword: password,
  Priority: { min: 1, max: 2 },
  ProposedPassword: password,
  ProviderAttributeName: anyText,
  ProviderAttributeValue: anyText,
  ProviderDetails: anyMap,
  ProviderName: { min: 1, max: 32, pattern: providerName },
  'CreateIdentityProviderRequest.ProviderName': { min: 1, max: 32, pattern: raw`[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+` },
  ReadAttributes: { each: { min: 1, max: 2048 } },
  RecoveryMechanisms: { min: 1, max: 2 },
  RefreshToken: { pattern: token },
  'TokenValidityUnitsType.RefreshToken': {},
  RefreshTokenValidity: { min: 0, max: 315_360_000 },
  RelyingPartyId: { min: 1, max: 127 },
  ReplyTo: anyText,
  ReplyToEmailAddress: { pattern: raw`[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+` },
  ResourceArn: arn,
  ResourceId: { min: 1, max: 40, pattern: raw`^[\w\- ]+$` },
  RetryGracePeriodSeconds: { min: 0, max: 60 },
  RoleArn: arn,
  SMSMessage: { min: 6, max: 140, pattern: raw`(?s).*` },
  Salt: anyText,
  Schema: { min: 1, max: 50 },
  ScopeDescription: { min: 1, max: 256 },
  ScopeName: { min: 1, max: 256, pattern: raw`[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+` },
  Scopes: { max: 100 },
  'GetClientTokenRequest.Scopes': {},
  SecretHash: { min: 1, max: 128, pattern: raw`[\w+=/]+` },
  ServerName: anyText,
  ServerPath: anyText,
  Session: { min: 20, max: 2048 },
  SkippedIPRangeList: { max: 200, each: anyText },
  SmsAuthenticationMessage: { min: 6, max: 140, pattern: textWithCode },
  SmsMessage: { min: 6, max: 140, pattern: textWithCode },
  SmsVerificationMessage: { min: 6, max: 140, pattern: textWithCode },
  SnsCallerArn: arn,
  SnsRegion: { min: 5, max: 32 },
  SourceArn: arn,
  StreamArn: arn,
  Subject: { pattern: prose },
  'NotifyEmailType.Subject': { min: 1, max: 140, pattern: prose },
  SupportedIdentityProviders: { each: { min: 1, max: 32, pattern: providerName } },
  TagKeys: { each: { min: 1, max: 128 } },
  Tags: { keys: { min: 1, max: 128 }, each: { min: 0, max: 256 } },
  TemporaryPassword: password,
  TemporaryPasswordValidityDays: { min: 0, max: 365 },
  TermsId: { pattern: uuid },
  TermsName: { pattern: raw`^(terms-of-use|privacy-policy)$` },
  TextBody: { min: 6, max: 20_000, pattern: raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+` },
  Token: { pattern: token },
  UnusedAccountValidityDays: { min: 0, max: 365 },
  UserAttributeNames: { each: { min: 1, max: 32, pattern: attributeName } },
  UserCode: { min: 6, max: 6, pattern: raw`[0-9]+` },
  UserMigration: arn,
  UserPoolId: { min: 1, max: 55, pattern: raw`[\w-]+_[0-9a-zA-Z]+` },
  'AdminDisableProviderForUserRequest.UserPoolId': anyText,
  'AdminLinkProviderForUserRequest.UserPoolId': anyText,
  UserPoolTags: { keys: { min: 1, max: 128 }, each: { min: 0, max: 256 } },
  Username: { min: 1, max: 128, pattern: printable },
  Value: { max: 2048 },
  VerifyAuthChallengeResponse: arn,
  WriteAttributes: { each: { min: 1, max: 2048 } },
  headerName: anyText,
  headerValue: anyText,
}
