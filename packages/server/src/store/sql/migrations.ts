// The schema's history: an append-only list. A statement that has shipped is never edited; a new one is added below.

/** A step of the schema, applied once and recorded by name. */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * All migrations in order. Portable SQL: `text`, `integer`, `bigint`; on PostgreSQL every `text` gets byte order
 * (collate "C"), so that pages and ranges agree with SQLite.
 */
export const migrations: readonly Migration[] = [
  {
    name: '0001-first-light',
    statements: [
      `create table pools (
         id text primary key, name text not null, region text not null, settings text not null,
         created_at bigint not null, updated_at bigint not null)`,
      `create table pool_keys (
         pool_id text not null, kid text not null, purpose text not null, public_jwk text not null,
         private_sealed text not null, created_at bigint not null, primary key (pool_id, kid))`,
      `create table clients (
         id text primary key, pool_id text not null, name text not null, secret_sealed text, settings text not null,
         created_at bigint not null, updated_at bigint not null)`,
      `create index clients_by_pool on clients (pool_id, id)`,
      `create table domains (
         domain text primary key, pool_id text not null, settings text not null, created_at bigint not null)`,
      `create index domains_by_pool on domains (pool_id)`,
      `create table users (
         pool_id text not null, id text not null, username text not null, username_key text not null,
         status text not null, enabled integer not null, attributes text not null, password_hash text,
         password_expires_at bigint, signed_out_at bigint not null,
         created_at bigint not null, updated_at bigint not null, primary key (pool_id, id))`,
      `create unique index users_by_name on users (pool_id, username_key)`,
      `create table user_attributes (
         pool_id text not null, user_id text not null, name text not null, value text not null,
         primary key (pool_id, user_id, name))`,
      `create index users_by_attribute on user_attributes (pool_id, name, value, user_id)`,
      `create table aliases (
         pool_id text not null, kind text not null, value text not null, user_id text not null,
         primary key (pool_id, kind, value))`,
      `create index aliases_by_user on aliases (pool_id, user_id)`,
      `create table groups (
         pool_id text not null, name text not null, description text, precedence integer, role_arn text,
         created_at bigint not null, updated_at bigint not null, primary key (pool_id, name))`,
      `create table members (
         pool_id text not null, group_name text not null, user_id text not null, created_at bigint not null,
         primary key (pool_id, user_id, group_name))`,
      `create table codes (
         pool_id text not null, user_id text not null, purpose text not null, code_mac text not null,
         tries integer not null, created_at bigint not null, expires_at bigint not null,
         primary key (pool_id, user_id, purpose))`,
      `create table sign_ins (
         id_hash text primary key, pool_id text not null, client_id text not null, user_id text, door text not null,
         state text not null, expires_at bigint not null)`,
      `create index sign_ins_by_expiry on sign_ins (expires_at)`,
      `create table sessions (
         id_hash text primary key, pool_id text not null, user_id text not null, auth_time bigint not null,
         expires_at bigint not null)`,
      `create index sessions_by_user on sessions (pool_id, user_id)`,
      `create index sessions_by_expiry on sessions (expires_at)`,
      `create table authorization_codes (
         code_hash text primary key, pool_id text not null, client_id text not null, user_id text not null,
         request text not null, auth_time bigint not null, grant_id text not null,
         expires_at bigint not null, used_at bigint)`,
      `create index authorization_codes_by_user on authorization_codes (pool_id, user_id)`,
      `create index authorization_codes_by_expiry on authorization_codes (expires_at)`,
      `create table grants (
         id text primary key, pool_id text not null, client_id text not null, user_id text not null,
         refresh_hash text, door text not null, scopes text not null, auth_time bigint not null,
         created_at bigint not null, expires_at bigint not null, revoked_at bigint)`,
      `create unique index grants_by_refresh on grants (refresh_hash)`,
      `create index grants_by_user on grants (pool_id, user_id)`,
      `create index grants_by_expiry on grants (expires_at)`,
      `create table attempts (
         pool_id text not null, subject text not null, failures integer not null, locked_until bigint not null,
         last_at bigint not null, primary key (pool_id, subject))`,
      `create table outbox (
         id text primary key, pool_id text not null, channel text not null, kind text not null,
         recipient text not null, content_sealed text not null, created_at bigint not null, tries integer not null,
         next_at bigint not null, sent_at bigint, failure text)`,
      `create index outbox_waiting on outbox (sent_at, next_at)`,
    ],
  },
  {
    name: '0002-every-way-to-sign-in',
    statements: [
      // Secure Remote Password: salt and verifier of the current password; a user whose hash was imported has none.
      `create table verifiers (
         pool_id text not null, user_id text not null, salt text not null, verifier_sealed text not null,
         primary key (pool_id, user_id))`,
      // Second factors that the user chose: JSON, empty text for none.
      `alter table users add column mfa text not null default ''`,
      `create table authenticators (
         pool_id text not null, user_id text not null, secret_sealed text, pending_sealed text, name text,
         last_step bigint not null, created_at bigint not null, primary key (pool_id, user_id))`,
      `create table passkeys (
         pool_id text not null, id text not null, user_id text not null, public_key text not null,
         counter bigint not null, name text not null, relying_party text not null, attachment text,
         transports text not null, created_at bigint not null, primary key (pool_id, id))`,
      `create index passkeys_by_user on passkeys (pool_id, user_id, created_at)`,
      `create table devices (
         pool_id text not null, user_id text not null, key text not null, group_key text not null, name text not null,
         remembered integer not null, salt text not null, verifier_sealed text not null, last_address text,
         created_at bigint not null, updated_at bigint not null, last_used_at bigint not null,
         primary key (pool_id, user_id, key))`,
      `create table password_history (
         pool_id text not null, user_id text not null, password_hash text not null, created_at bigint not null)`,
      `create index password_history_by_user on password_history (pool_id, user_id, created_at)`,
      `create table identities (
         pool_id text not null, provider text not null, subject text not null, user_id text not null,
         provider_type text not null, issuer text, is_primary integer not null, created_at bigint not null,
         primary key (pool_id, provider, subject))`,
      `create index identities_by_user on identities (pool_id, user_id)`,
      `create table resource_servers (
         pool_id text not null, identifier text not null, name text not null, scopes text not null,
         created_at bigint not null, updated_at bigint not null, primary key (pool_id, identifier))`,
      // How often something was done in the current window: codes sent, codes tried, passwords changed.
      `create table quotas (
         pool_id text not null, subject text not null, action text not null, used integer not null,
         resets_at bigint not null, primary key (pool_id, subject, action))`,
      `create index members_by_group on members (pool_id, group_name, user_id)`,
      // The address that a code proves and that is its user's only then; null where the user has it already.
      `alter table codes add column address text`,
      `alter table sign_ins add column tries integer not null default 0`,
      // Rotation: a refresh token names its grant and generation, so that a used one is recognised.
      `alter table grants add column generation integer not null default 0`,
      `alter table grants add column refresh_salt text`,
      `alter table grants add column rotated_at bigint`,
      `alter table grants add column device_key text`,
      `alter table grants add column last_used_at bigint not null default 0`,
      `alter table grants add column last_address text`,
      `alter table grants add column session_id text`,
      `alter table sessions add column id text`,
      `alter table sessions add column client_id text`,
      `alter table sessions add column created_at bigint not null default 0`,
      `alter table sessions add column last_used_at bigint not null default 0`,
      `alter table sessions add column last_address text`,
      // Tracking of sessions: JSON of a pool's settings, a client's minutes of single sign-on; null until they are set.
      `alter table pools add column sessions text`,
      `alter table clients add column sso_minutes integer`,
      // How far the pool's clock is ahead, in milliseconds; only development moves it.
      `alter table pools add column clock_offset bigint not null default 0`,
    ],
  },
  {
    name: '0003-federation',
    statements: [
      `create table identity_providers (
         pool_id text not null, name text not null, type text not null, details text not null, secrets_sealed text,
         mapping text not null, identifiers text not null, created_at bigint not null, updated_at bigint not null,
         primary key (pool_id, name))`,
      // Identifiers lead to one provider each; compared without case, since most are domains.
      `create table provider_identifiers (
         pool_id text not null, identifier_key text not null, provider text not null,
         primary key (pool_id, identifier_key))`,
      // Visitors who are at a provider: one row a trip, taken out by whoever comes back with its state.
      `create table trips (
         state_hash text primary key, pool_id text not null, client_id text not null, provider text not null,
         provider_version bigint not null, binding_hash text not null, search text not null,
         secrets_sealed text not null, answer_sealed text, expires_at bigint not null)`,
      `create index trips_by_expiry on trips (expires_at)`,
      // The provider that a browser signed in through; null is the pool itself.
      `alter table sessions add column provider text`,
    ],
  },
  {
    name: '0005-accounts-and-terms',
    statements: [
      // What is shown to whoever signs up, a document of each name for each client; links are JSON by language.
      `create table terms (
         pool_id text not null, id text not null, client_id text not null, name text not null, source text not null,
         enforcement text not null, links text not null, created_at bigint not null, updated_at bigint not null,
         primary key (pool_id, id))`,
      `create unique index terms_by_client on terms (pool_id, client_id, name)`,
    ],
  },
  {
    name: '0004-branding',
    statements: [
      // How an app client's pages look on managed login: JSON of AWS's settings document, null for the default look.
      `create table login_styles (
         pool_id text not null, client_id text not null, id text not null, settings text, provided integer not null,
         created_at bigint not null, updated_at bigint not null, primary key (pool_id, client_id))`,
      `create unique index login_styles_by_id on login_styles (pool_id, id)`,
      // Images in base64: as they were handed in, and, where that is not what browsers get, as they are served.
      `create table login_images (
         pool_id text not null, client_id text not null, category text not null, color_mode text not null,
         resource_id text not null, extension text not null, hash text not null, body text not null, served text,
         primary key (pool_id, client_id, category, color_mode, resource_id))`,
      `create index login_images_by_hash on login_images (pool_id, client_id, hash)`,
      // The classic pages' style sheet and logo, of a client or of ALL.
      `create table ui_customizations (
         pool_id text not null, client_id text not null, css text, logo_type text, logo_hash text, logo text,
         created_at bigint not null, updated_at bigint not null, primary key (pool_id, client_id))`,
    ],
  },
  {
    name: '0006-registration',
    statements: [
      // Who made the client: null an administrator, DCR the app itself.
      `alter table clients add column type text`,
      // By what a browser's visitor signed in, as `amr` spells it, separated by blanks.
      `alter table sessions add column methods text`,
      // What every token of a grant says besides: JSON of audience, acr and amr; null for none.
      `alter table grants add column context text`,
    ],
  },
  {
    name: '0009-saml',
    statements: [
      `create table saml_keys (
         pool_id text not null, purpose text not null, certificate text not null, private_sealed text not null,
         created_at bigint not null, primary key (pool_id, purpose))`,
      // Assertions and sign-out requests that were taken, so that each is taken once.
      `create table saml_messages (
         pool_id text not null, provider text not null, id_hash text not null, expires_at bigint not null,
         primary key (pool_id, provider, id_hash))`,
      `create index saml_messages_by_expiry on saml_messages (expires_at)`,
      // What MetadataURL gave for a provider's settings of one moment.
      `create table saml_metadata (
         pool_id text not null, provider text not null, provider_version bigint not null, document text not null,
         refresh_at bigint not null, primary key (pool_id, provider))`,
      // What a provider calls a browser session of ours, for single logout.
      `create table saml_sessions (
         pool_id text not null, session_id text not null, user_id text not null, provider text not null,
         name_id text not null, session_index text, qualifiers text not null, expires_at bigint not null,
         primary key (pool_id, session_id))`,
      `create index saml_sessions_by_name on saml_sessions (pool_id, name_id, provider)`,
      `create index saml_sessions_by_expiry on saml_sessions (expires_at)`,
    ],
  },
]
