// The rules of pools, app clients and domains: what they may be set to, AWS's defaults, their keys and secrets.
// Nothing here knows a user, a sign-in or a protocol.
import type {
  CreateUserPoolRequest,
  SchemaAttributeType,
  SetUserPoolMfaConfigRequest,
  UpdateUserPoolRequest,
} from '@poolhouse/api'
import { standardAttributes } from '../directory/attributes.ts'
import { below } from '../directory/passwords/policy.ts'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { listDomains } from '../store/setup/domains.ts'
import { createPool, deletePool, findPool, type Pool, type PoolSettings, updatePool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'
import { checkFactors, factorsOf, withMfa } from './factors.ts'
import { createPoolKeys } from './keys.ts'
import { checkOwnTags } from './own-tags.ts'
import { checkLevelsAndRegistration } from './registration/check.ts'
import { withTokenTrigger } from './token-trigger.ts'

/** Creates a pool with AWS's defaults where the input is silent, and its two signing keys. */
export async function makePool(
  db: Db,
  world: World,
  region: string,
  input: CreateUserPoolRequest,
  id = `${region}_${randomText(world, 9, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')}`,
): Promise<Pool> {
  refuseUnsupported(world, input)
  checkOwnTags(input.UserPoolTags)
  const now = world.now()
  const { PoolName, Schema, UserPoolTags, AliasAttributes, UsernameAttributes, UsernameConfiguration, ...changeable } =
    input
  if (AliasAttributes?.length && UsernameAttributes?.length)
    throw new PoolError(
      'InvalidParameter',
      'Only one of the aliasAttributes or usernameAttributes can be set in a user pool.',
    )
  const pool: Pool = {
    id,
    name: PoolName,
    region,
    settings: {
      ...withDefaults(changeable),
      SchemaAttributes: readSchema(Schema ?? []),
      UserPoolTags: UserPoolTags ?? {},
      AliasAttributes: orNothing(AliasAttributes),
      UsernameAttributes: orNothing(UsernameAttributes),
      UsernameConfiguration,
      // At creation text messages are the one factor that can be asked for (API reference, CreateUserPool).
      ...((input.MfaConfiguration ?? 'OFF') !== 'OFF' && input.SmsConfiguration && { SmsMfaConfiguration: {} }),
    },
    clockOffset: 0,
    createdAt: now,
    updatedAt: now,
  }
  checkFactors(pool.settings)
  await createPool(db, pool)
  await createPoolKeys(db, world, pool.id)
  return pool
}

/**
 * Replaces what can be changed; what the input leaves out goes back to its default, as AWS documents for UpdateUserPool.
 * Tags are kept when left out, since TagResource owns them. Throws ConcurrentModification when somebody was faster.
 */
export async function changePool(
  db: Db,
  world: World,
  pool: Pool,
  input: Omit<UpdateUserPoolRequest, 'UserPoolId'>,
): Promise<Pool> {
  refuseUnsupported(world, input)
  checkOwnTags(input.UserPoolTags)
  const { PoolName, UserPoolTags, ...changeable } = input
  const { SchemaAttributes, AliasAttributes, UsernameAttributes, UsernameConfiguration } = pool.settings
  const changed: Pool = {
    ...pool,
    name: PoolName ?? pool.name,
    settings: {
      ...withDefaults(changeable),
      ...factorsOf(pool.settings),
      UserPoolTags: UserPoolTags ?? pool.settings.UserPoolTags,
      SchemaAttributes,
      AliasAttributes,
      UsernameAttributes,
      UsernameConfiguration,
    },
  }
  checkFactors(changed.settings)
  return storePool(db, world, changed)
}

/** Stores the MFA part of a pool's settings. */
export async function changeMfa(
  db: Db,
  world: World,
  pool: Pool,
  input: Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'>,
): Promise<Pool> {
  return storePool(db, world, { ...pool, settings: withMfa(pool.settings, input) })
}

/** Adds attributes of the pool's own to its schema; they can never be taken away or changed (AddCustomAttributes). */
export async function addAttributes(
  db: Db,
  world: World,
  pool: Pool,
  attributes: readonly SchemaAttributeType[],
): Promise<void> {
  const SchemaAttributes = [...(pool.settings.SchemaAttributes ?? standardAttributes)]
  for (const attribute of attributes) addCustom(SchemaAttributes, attribute)
  await storePool(db, world, { ...pool, settings: { ...pool.settings, SchemaAttributes } })
}

/** Replaces a pool's tags. */
export async function changeTags(
  db: Db,
  world: World,
  pool: Pool,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(tags).length > 50) throw new PoolError('InvalidParameter', 'A user pool can have at most 50 tags.')
  checkOwnTags(tags)
  await storePool(db, world, { ...pool, settings: { ...pool.settings, UserPoolTags: { ...tags } } })
}

/** Deletes a pool and all that belongs to it. */
export async function removePool(db: Db, pool: Pool): Promise<void> {
  if (pool.settings.DeletionProtection === 'ACTIVE')
    throw new PoolError(
      'InvalidParameter',
      'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
    )
  if ((await listDomains(db, pool.id)).length > 0)
    throw new PoolError(
      'InvalidParameter',
      'User pool cannot be deleted. It has a domain configured that should be deleted first.',
    )
  await transaction(db, (inner) => deletePool(inner, pool.id))
}

async function storePool(db: Db, world: World, pool: Pool): Promise<Pool> {
  if (!(await updatePool(db, pool, world.now())))
    throw new PoolError('ConcurrentModification', 'The user pool was changed by another request. Try again.')
  return (await findPool(db, pool.id)) ?? pool
}

type Changeable = Omit<UpdateUserPoolRequest, 'UserPoolId' | 'PoolName' | 'UserPoolTags'>

/** AWS's defaults (API reference, CreateUserPool; what DescribeUserPool shows of a pool made with a name alone). */
function withDefaults(input: Changeable): PoolSettings {
  const password = input.Policies?.PasswordPolicy
  const days = password?.TemporaryPasswordValidityDays ?? input.AdminCreateUserConfig?.UnusedAccountValidityDays ?? 7
  return {
    ...input,
    Policies: {
      PasswordPolicy: {
        MinimumLength: password?.MinimumLength ?? 8,
        // A policy that is given but silent about a kind of character does not ask for it.
        RequireUppercase: password ? (password.RequireUppercase ?? false) : true,
        RequireLowercase: password ? (password.RequireLowercase ?? false) : true,
        RequireNumbers: password ? (password.RequireNumbers ?? false) : true,
        RequireSymbols: password ? (password.RequireSymbols ?? false) : true,
        TemporaryPasswordValidityDays: days,
        PasswordHistorySize: password?.PasswordHistorySize,
      },
      SignInPolicy: {
        AllowedFirstAuthFactors: input.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'],
      },
    },
    DeletionProtection: input.DeletionProtection ?? 'INACTIVE',
    LambdaConfig: withTokenTrigger(input.LambdaConfig, input.UserPoolTier),
    AutoVerifiedAttributes: orNothing(input.AutoVerifiedAttributes),
    VerificationMessageTemplate: {
      ...input.VerificationMessageTemplate,
      DefaultEmailOption: input.VerificationMessageTemplate?.DefaultEmailOption ?? 'CONFIRM_WITH_CODE',
    },
    UserAttributeUpdateSettings: {
      AttributesRequireVerificationBeforeUpdate:
        input.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [],
    },
    MfaConfiguration: input.MfaConfiguration ?? 'OFF',
    EmailConfiguration: {
      ...input.EmailConfiguration,
      EmailSendingAccount: input.EmailConfiguration?.EmailSendingAccount ?? 'COGNITO_DEFAULT',
    },
    AdminCreateUserConfig: {
      ...input.AdminCreateUserConfig,
      AllowAdminCreateUserOnly: input.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
      UnusedAccountValidityDays: days,
    },
    UserPoolTier: input.UserPoolTier ?? 'ESSENTIALS',
  }
}

/** AWS shows no empty lists here. */
function orNothing<T>(list: T[] | undefined): T[] | undefined {
  return list?.length ? list : undefined
}

/** The standard attributes with the pool's changes, and its own ones (`custom:`, or `dev:` for developers only). */
function readSchema(given: readonly SchemaAttributeType[]): SchemaAttributeType[] {
  const schema = standardAttributes.map((attribute) => ({ ...attribute }))
  for (const attribute of given) {
    const name = attribute.Name ?? ''
    const standard = schema.findIndex(({ Name }) => Name === name)
    const { Name, DeveloperOnlyAttribute, ...rest } = attribute
    if (standard >= 0) {
      schema[standard] = { ...schema[standard], ...rest }
      continue
    }
    addCustom(schema, attribute)
  }
  return schema
}

/** Puts an attribute of the pool's own into a schema; throws where AWS would not take it. */
function addCustom(schema: SchemaAttributeType[], { Name: name = '', ...attribute }: SchemaAttributeType): void {
  if (attribute.Required)
    throw new PoolError('InvalidParameter', 'Required custom attributes are not supported currently.')
  if (name.length === 0 || name.length > 20)
    throw new PoolError('InvalidParameter', `The name of a custom attribute has 1 to 20 characters: ${name}`)
  const full = `${attribute.DeveloperOnlyAttribute ? 'dev' : 'custom'}:${name}`
  if (schema.some(({ Name: other }) => other === full))
    throw new PoolError('InvalidParameter', `Existing attribute already has name ${full}.`)
  const type = attribute.AttributeDataType ?? 'String'
  schema.push({
    ...attribute,
    Name: full,
    AttributeDataType: type,
    DeveloperOnlyAttribute: attribute.DeveloperOnlyAttribute ?? false,
    Mutable: attribute.Mutable ?? true,
    Required: false,
    ...(type === 'String' && { StringAttributeConstraints: attribute.StringAttributeConstraints ?? {} }),
    ...(type === 'Number' && { NumberAttributeConstraints: attribute.NumberAttributeConstraints ?? {} }),
  })
  if (schema.length > standardAttributes.length + 50)
    throw new PoolError('LimitExceeded', 'Number of custom attributes exceeds the limit of 50.')
}

/**
 * Settings that would weaken a pool if they were taken and not obeyed are refused aloud, by name.
 */
function refuseUnsupported({ config }: World, input: Changeable): void {
  const { CustomEmailSender, CustomSMSSender, KMSKeyID } = input.LambdaConfig ?? {}
  if ((CustomEmailSender || CustomSMSSender) && !KMSKeyID)
    throw new PoolError('InvalidParameter', 'A custom sender needs a KMSKeyID, which its codes are encrypted under.')
  if ((CustomEmailSender || CustomSMSSender) && config.codeKey === undefined)
    throw new PoolError(
      'InvalidParameter',
      'A custom sender needs a key that its codes are encrypted with: set POOLHOUSE_CODE_KEY.',
    )
  for (const name of input.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [])
    if (!input.AutoVerifiedAttributes?.includes(name))
      throw new PoolError(
        'InvalidParameter',
        `An attribute that requires verification before update must be verified by the pool itself: ${name}`,
      )
  checkLevelsAndRegistration(input)
  if ((input.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF') throw unsupported('AdvancedSecurityMode')
}

/** Not AWS's: says what this version does not do yet, rather than do less than was asked. */
export function unsupported(what: string): PoolError {
  return new PoolError('OperationNotEnabled', `${what} is not supported by this version of Poolhouse.`)
}

/** Text of evenly drawn characters. */
export function randomText(world: World, length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[below(world, alphabet.length)]).join('')
}
