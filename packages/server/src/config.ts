// Every setting once: variable, default, one sentence. The guide's table is printed from this list.
// Nothing is imported here; world/ and cli/ read the values from the environment, flags and files.

/** An access key of the signed (SigV4) API. */
export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/** How often an hour a user may do something, by the operation's name; what is not named keeps AWS's number. */
export type Limits = Readonly<Record<string, number>>

/** Where text messages go. */
export interface TextGateway {
  /** Whose requests are sent: of the template below, Twilio's, or Amazon SNS's. */
  readonly kind: 'http' | 'twilio' | 'sns'
  readonly url: string
  /** Sender: a number, a name, or a messaging service of Twilio's. */
  readonly from?: string | undefined
  /** Twilio's account and token, SNS's access key, or a user and a password. */
  readonly credentials?: AccessKey | undefined
  /** The region that requests to SNS are signed for. */
  readonly region?: string | undefined
  /** The rest is for `http`: the method, headers, and a body in JSON or form coding with {to}, {text} and {from} in its values. */
  readonly method: 'POST' | 'PUT' | 'GET'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The settings of a running server. */
export interface Config {
  /** Development adds the inbox, the key pair local/local and the red band, and stays on loopback. */
  readonly mode: 'development' | 'production'
  /** The address users and clients reach the server at, without a final slash; issuer and links come from it alone. */
  readonly publicUrl: string
  /** The TLS address in development, if there is one. */
  readonly secureUrl?: string | undefined
  /** Pins the region of what is created; undefined takes the region of the signature's scope. */
  readonly region?: string | undefined
  /** The account id in ARNs: twelve digits. */
  readonly accountId: string
  /** `own`: `{publicUrl}/{poolId}`; `aws`: byte-equal to Amazon's issuer. */
  readonly issuer: 'own' | 'aws'
  /** Hosts `{prefix}.{domainSuffix}` serve a pool's pages; `{region}` is replaced by the pool's region. */
  readonly domainSuffix: string
  /** 32 bytes; seals keys and secrets. Not in the database. */
  readonly masterKey: Uint8Array
  /** The keys that may call the signed API. */
  readonly accessKeys: readonly AccessKey[]
  /** The folder of Lambda functions run as triggers. */
  readonly functions?: string | undefined
  /** Addresses of functions, by their names or whole ARNs. */
  readonly functionUrls?: Readonly<Record<string, string>> | undefined
  /** The address of functions without a file or an address of their own; `{name}` and `{region}` are replaced. */
  readonly functionsUrl?: string | undefined
  /** The Lambda endpoint of all other functions; `{region}` is replaced. */
  readonly lambdaEndpoint?: string | undefined
  /** Where mail goes: an `smtp://` or `smtps://` address; undefined sends none. */
  readonly smtpUrl?: string | undefined
  /** The sender of mail when the pool names none. */
  readonly mailFrom: string
  /** Limits for each user that differ from AWS's. */
  readonly limits?: Limits | undefined
  /** Where text messages go; undefined sends none. */
  readonly textGateway?: TextGateway | undefined
  /** The AES-256 key that codes for custom senders are encrypted with; undefined gives them none. */
  readonly codeKey?: Uint8Array | undefined
  /** Hosts and networks (CIDR) beside the public ones that addresses in pools' settings may lead to. */
  readonly outboundAllow?: readonly string[] | undefined
  /** The folder of the operator's own templates of hosted pages. */
  readonly templates?: string | undefined
  /** CIDR-free list of proxy addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
}

/** A setting as the guide and the command line show it. */
export interface Setting {
  readonly flag: string
  readonly variable: string
  readonly fallback: string
  readonly meaning: string
}

/** All settings of `poolhouse start`, in the order of the guide. */
// biome-ignore format: a table
export const settings = [
  { flag: '--listen <host:port>',   variable: 'POOLHOUSE_LISTEN',          fallback: 'localhost:9500',                 meaning: 'Address to listen on.' },
  { flag: '--public-url <url>',     variable: 'POOLHOUSE_PUBLIC_URL',      fallback: 'http://localhost:{port}',        meaning: 'Address users and clients reach the server at; issuer and links come from it alone.' },
  { flag: '--data <dir>',           variable: 'POOLHOUSE_DATA',            fallback: '(none)',                         meaning: 'Folder of the SQLite database.' },
  { flag: '--database-url <url>',   variable: 'POOLHOUSE_DATABASE_URL',    fallback: '(none)',                         meaning: 'A postgres:// address; used instead of SQLite.' },
  { flag: '--config <file>',        variable: 'POOLHOUSE_CONFIG',          fallback: 'poolhouse.json if it exists',    meaning: 'Pools, clients, domains, groups and users to apply at start.' },
  { flag: '--functions <dir>',      variable: 'POOLHOUSE_FUNCTIONS',       fallback: 'functions if it exists',         meaning: 'Folder of Lambda functions run as triggers.' },
  { flag: '--functions-url <url>',  variable: 'POOLHOUSE_FUNCTIONS_URL',   fallback: '(none)',                         meaning: 'Address of functions without a file, {name} in it; the event is posted there as JSON.' },
  { flag: '--lambda-endpoint <url>', variable: 'POOLHOUSE_LAMBDA_ENDPOINT', fallback: '(none)',                        meaning: 'Lambda endpoint of all other functions, {region} in it; credentials come from where AWS SDKs look for them.' },
  { flag: '--master-key-file <f>',  variable: 'POOLHOUSE_MASTER_KEY',      fallback: '(required by start)',            meaning: '32 bytes in base64 that seal keys and secrets: the variable holds the key, the flag names a file.' },
  { flag: '--access-keys-file <f>', variable: 'POOLHOUSE_ACCESS_KEYS',     fallback: '(required by start)',            meaning: 'Keys of the signed API as id:secret, separated by commas: the variable holds them, the flag names a file.' },
  { flag: '--region <name>',        variable: 'POOLHOUSE_REGION',          fallback: 'the region of the signature',    meaning: 'Pins the region of pool ids and ARNs.' },
  { flag: '--account-id <digits>',  variable: 'POOLHOUSE_ACCOUNT_ID',      fallback: '000000000000',                   meaning: 'Account id in ARNs.' },
  { flag: '--issuer <own|aws>',     variable: 'POOLHOUSE_ISSUER',          fallback: 'own',                            meaning: 'own: {public-url}/{poolId}; aws: byte-equal to Amazon\'s issuer.' },
  { flag: '--domain-suffix <host>', variable: 'POOLHOUSE_DOMAIN_SUFFIX',   fallback: 'auth.{region}.localhost',        meaning: 'Hosts {prefix}.{suffix} serve a pool\'s pages.' },
  { flag: '--smtp-url <url>',       variable: 'POOLHOUSE_SMTP_URL',        fallback: '(none)',                         meaning: 'Mail server, smtp://user:password@host:port.' },
  { flag: '--mail-from <address>',  variable: 'POOLHOUSE_MAIL_FROM',       fallback: 'no-reply@verificationemail.com', meaning: 'Sender of mail when the pool names none.' },
  { flag: '--limits <list>',        variable: 'POOLHOUSE_LIMITS',          fallback: 'as on AWS',                      meaning: 'Attempts an hour for each user where they differ from AWS\'s: ForgotPassword=10,ConfirmSignUp=30.' },
  { flag: '--sms-gateway <kind>',   variable: 'POOLHOUSE_SMS_GATEWAY',     fallback: '(none)',                         meaning: 'Where text messages go: http, twilio or sns.' },
  { flag: '--sms-url <url>',        variable: 'POOLHOUSE_SMS_URL',         fallback: 'the one of twilio or sns',       meaning: 'Address of the gateway; for http {to}, {text} and {from} may stand in its query.' },
  { flag: '--sms-credentials-file <f>', variable: 'POOLHOUSE_SMS_CREDENTIALS', fallback: '(none)',                     meaning: 'id:secret of the gateway: Twilio account and token, AWS access key, or user and password; the flag names a file.' },
  { flag: '--sms-from <sender>',    variable: 'POOLHOUSE_SMS_FROM',        fallback: '(none)',                         meaning: 'Sender of text messages: a number, a name, or a Twilio messaging service.' },
  { flag: '--sms-method <method>',  variable: 'POOLHOUSE_SMS_METHOD',      fallback: 'POST',                           meaning: 'Method of http: POST, PUT or GET.' },
  { flag: '--sms-headers-file <f>', variable: 'POOLHOUSE_SMS_HEADERS',     fallback: '(none)',                         meaning: 'Headers of http, a line each, Name: value; the flag names a file.' },
  { flag: '--sms-body <template>',  variable: 'POOLHOUSE_SMS_BODY',        fallback: 'to={to}&text={text}&from={from}', meaning: 'Body of http, JSON or a form, with {to}, {text} and {from} in its values.' },
  { flag: '--code-key-file <f>',    variable: 'POOLHOUSE_CODE_KEY',        fallback: '(none)',                         meaning: '32 bytes in base64 that encrypt codes for custom senders: the variable holds the key, the flag names a file.' },
  { flag: '--outbound-allow <list>', variable: 'POOLHOUSE_OUTBOUND_ALLOW', fallback: 'the public Internet',           meaning: 'Hosts and networks inside that identity providers may be at, separated by commas: idp.corp.example,10.1.0.0/16.' },
  { flag: '--templates <dir>',      variable: 'POOLHOUSE_TEMPLATES',       fallback: '(none)',                         meaning: 'Folder of HTML templates and their assets, which hosted pages are shown in.' },
  { flag: '--trusted-proxies <ips>', variable: 'POOLHOUSE_TRUSTED_PROXIES', fallback: '(none)',                        meaning: 'Proxy addresses, separated by commas, whose X-Forwarded-For is believed.' },
] as const satisfies readonly Setting[]
