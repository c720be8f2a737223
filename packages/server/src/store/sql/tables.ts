// The tables as Kysely sees them: text, integer and bigint only; times are milliseconds of world.now().
// JSON is text; `*_sealed` columns are AES-256-GCM under the master key, `*_hash` columns SHA-256, `*_mac` keyed HMAC.
import type { Generated } from 'kysely'
import type {
  ClientRow,
  DomainRow,
  GroupRow,
  IdentityProviderRow,
  LoginImageRow,
  LoginStyleRow,
  PoolKeyRow,
  PoolRow,
  ProviderIdentifierRow,
  ResourceServerRow,
  SamlKeyRow,
  SamlMetadataRow,
  TermsRow,
  UiCustomizationRow,
} from './tables-set-up.ts'

interface UserRow {
  pool_id: string
  id: string
  username: string
  username_key: string
  status: string
  enabled: number
  attributes: string
  password_hash: string | null
  password_expires_at: number | null
  mfa: string
  signed_out_at: number
  created_at: number
  updated_at: number
}

interface UserAttributeRow {
  pool_id: string
  user_id: string
  name: string
  value: string
}

interface AliasRow {
  pool_id: string
  kind: string
  value: string
  user_id: string
}

interface MemberRow {
  pool_id: string
  group_name: string
  user_id: string
  created_at: number
}

interface CodeRow {
  pool_id: string
  user_id: string
  purpose: string
  code_mac: string
  address: string | null
  tries: number
  created_at: number
  expires_at: number
}

interface SignInRow {
  id_hash: string
  pool_id: string
  client_id: string
  user_id: string | null
  door: string
  state: string
  tries: Generated<number>
  expires_at: number
}

interface SessionRow {
  id_hash: string
  pool_id: string
  user_id: string
  auth_time: number
  expires_at: number
  id: string | null
  client_id: string | null
  created_at: Generated<number>
  last_used_at: Generated<number>
  last_address: string | null
  provider: string | null
  methods: string | null
}

interface AuthorizationCodeRow {
  code_hash: string
  pool_id: string
  client_id: string
  user_id: string
  request: string
  auth_time: number
  grant_id: string
  expires_at: number
  used_at: number | null
}

interface GrantRow {
  id: string
  pool_id: string
  client_id: string
  user_id: string
  refresh_hash: string | null
  door: string
  scopes: string
  auth_time: number
  created_at: number
  expires_at: number
  revoked_at: number | null
  generation: Generated<number>
  refresh_salt: string | null
  rotated_at: number | null
  device_key: string | null
  last_used_at: Generated<number>
  last_address: string | null
  session_id: string | null
  context: string | null
}

interface VerifierRow {
  pool_id: string
  user_id: string
  salt: string
  verifier_sealed: string
}

interface AuthenticatorRow {
  pool_id: string
  user_id: string
  secret_sealed: string | null
  pending_sealed: string | null
  name: string | null
  last_step: number
  created_at: number
}

interface PasskeyRow {
  pool_id: string
  id: string
  user_id: string
  public_key: string
  counter: number
  name: string
  relying_party: string
  attachment: string | null
  transports: string
  created_at: number
}

interface DeviceRow {
  pool_id: string
  user_id: string
  key: string
  group_key: string
  name: string
  remembered: number
  salt: string
  verifier_sealed: string
  last_address: string | null
  created_at: number
  updated_at: number
  last_used_at: number
}

interface PasswordHistoryRow {
  pool_id: string
  user_id: string
  password_hash: string
  created_at: number
}

interface IdentityRow {
  pool_id: string
  provider: string
  subject: string
  user_id: string
  provider_type: string
  issuer: string | null
  is_primary: number
  created_at: number
}

interface TripRow {
  state_hash: string
  pool_id: string
  client_id: string
  provider: string
  provider_version: number
  binding_hash: string
  search: string
  secrets_sealed: string
  answer_sealed: string | null
  expires_at: number
}

interface QuotaRow {
  pool_id: string
  subject: string
  action: string
  used: number
  resets_at: number
}

interface AttemptRow {
  pool_id: string
  subject: string
  failures: number
  locked_until: number
  last_at: number
}

interface OutboxRow {
  id: string
  pool_id: string
  channel: string
  kind: string
  recipient: string
  content_sealed: string
  created_at: number
  tries: number
  next_at: number
  sent_at: number | null
  failure: string | null
}

interface MigrationRow {
  name: string
  applied_at: number
}

interface SamlMessageRow {
  pool_id: string
  provider: string
  id_hash: string
  expires_at: number
}

interface SamlSessionRow {
  pool_id: string
  session_id: string
  user_id: string
  provider: string
  name_id: string
  session_index: string | null
  qualifiers: string
  expires_at: number
}

/** All tables by name. */
export interface Tables {
  pools: PoolRow
  pool_keys: PoolKeyRow
  clients: ClientRow
  domains: DomainRow
  users: UserRow
  user_attributes: UserAttributeRow
  aliases: AliasRow
  groups: GroupRow
  members: MemberRow
  codes: CodeRow
  sign_ins: SignInRow
  sessions: SessionRow
  authorization_codes: AuthorizationCodeRow
  grants: GrantRow
  verifiers: VerifierRow
  authenticators: AuthenticatorRow
  passkeys: PasskeyRow
  devices: DeviceRow
  password_history: PasswordHistoryRow
  identities: IdentityRow
  identity_providers: IdentityProviderRow
  provider_identifiers: ProviderIdentifierRow
  trips: TripRow
  resource_servers: ResourceServerRow
  terms: TermsRow
  quotas: QuotaRow
  attempts: AttemptRow
  outbox: OutboxRow
  login_styles: LoginStyleRow
  login_images: LoginImageRow
  ui_customizations: UiCustomizationRow
  saml_keys: SamlKeyRow
  saml_messages: SamlMessageRow
  saml_metadata: SamlMetadataRow
  saml_sessions: SamlSessionRow
  migrations: MigrationRow
}
