// What an administrator sets up, as Kysely sees it; the rest is in tables.ts, which says how columns are written.
import type { Generated } from 'kysely'

/** A row of what an administrator sets up. */
export interface PoolRow {
  id: string
  name: string
  region: string
  settings: string
  sessions: string | null
  clock_offset: Generated<number>
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface PoolKeyRow {
  pool_id: string
  kid: string
  purpose: string
  public_jwk: string
  private_sealed: string
  created_at: number
}

/** A row of what an administrator sets up. */
export interface ClientRow {
  pool_id: string
  id: string
  name: string
  secret_sealed: string | null
  settings: string
  sso_minutes: number | null
  type: string | null
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface DomainRow {
  domain: string
  pool_id: string
  settings: string
  created_at: number
}

/** A row of what an administrator sets up. */
export interface GroupRow {
  pool_id: string
  name: string
  description: string | null
  precedence: number | null
  role_arn: string | null
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface ResourceServerRow {
  pool_id: string
  identifier: string
  name: string
  scopes: string
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface IdentityProviderRow {
  pool_id: string
  name: string
  type: string
  details: string
  secrets_sealed: string | null
  mapping: string
  identifiers: string
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface ProviderIdentifierRow {
  pool_id: string
  identifier_key: string
  provider: string
}

/** A row of what an administrator sets up. */
export interface TermsRow {
  pool_id: string
  id: string
  client_id: string
  name: string
  source: string
  enforcement: string
  links: string
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface LoginStyleRow {
  pool_id: string
  client_id: string
  id: string
  settings: string | null
  provided: number
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface LoginImageRow {
  pool_id: string
  client_id: string
  category: string
  color_mode: string
  resource_id: string
  extension: string
  hash: string
  body: string
  served: string | null
}

/** A row of what an administrator sets up. */
export interface UiCustomizationRow {
  pool_id: string
  client_id: string
  css: string | null
  logo_type: string | null
  logo_hash: string | null
  logo: string | null
  created_at: number
  updated_at: number
}

/** A row of what an administrator sets up. */
export interface SamlKeyRow {
  pool_id: string
  purpose: string
  certificate: string
  private_sealed: string
  created_at: number
}

/** A row of what an administrator sets up. */
export interface SamlMetadataRow {
  pool_id: string
  provider: string
  provider_version: number
  document: string
  refresh_at: number
}
