import type { SchemaAttributeType } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import {
  AliasTaken,
  type Attributes,
  findUser,
  lockUser,
  releaseAlias,
  replaceAttributes,
  type User,
} from '../store/users.ts'
import type { World } from '../world/world.ts'
import { aliasesOfUser } from './usernames.ts'

/** Length limits of AWS's standard attributes as DescribeUserPool shows them. */
const text = (min = '0', max = '2048') => ({ MinLength: min, MaxLength: max })

// biome-ignore format: a table
const standard: readonly SchemaAttributeType[] = [
  { Name: 'sub',                   AttributeDataType: 'String',  Mutable: false, Required: true,  StringAttributeConstraints: text('1') },
  { Name: 'name',                  AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'given_name',            AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'family_name',           AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'middle_name',           AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'nickname',              AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'preferred_username',    AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'profile',               AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'picture',               AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'website',               AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'email',                 AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'email_verified',        AttributeDataType: 'Boolean', Mutable: true,  Required: false },
  { Name: 'gender',                AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'birthdate',             AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text('10', '10') },
  { Name: 'zoneinfo',              AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'locale',                AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'phone_number',          AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'phone_number_verified', AttributeDataType: 'Boolean', Mutable: true,  Required: false },
  { Name: 'address',               AttributeDataType: 'String',  Mutable: true,  Required: false, StringAttributeConstraints: text() },
  { Name: 'updated_at',            AttributeDataType: 'Number',  Mutable: true,  Required: false, NumberAttributeConstraints: { MinValue: '0' } },
]

/** The standard attributes of every pool, member for member as DescribeUserPool lists them: Terraform compares them all. */
export const standardAttributes: readonly SchemaAttributeType[] = standard.map((attribute) => ({
  ...attribute,
  DeveloperOnlyAttribute: false,
}))

/** The rule of an attribute in a pool, if the pool knows it. */
export function findAttributeRule(pool: Pool, name: string): SchemaAttributeType | undefined {
  return pool.settings.SchemaAttributes?.find((attribute) => attribute.Name === name)
}

/** Whether a client may read an attribute; without a list all of them. Who a user is, here and elsewhere, all may. */
export function mayRead({ settings }: Client, name: string): boolean {
  return (
    settings.ReadAttributes === undefined ||
    name === 'sub' ||
    name === 'identities' ||
    settings.ReadAttributes.includes(name)
  )
}

/** Whether a client may write an attribute; without a list all of them. */
export function mayWrite({ settings }: Client, name: string): boolean {
  return settings.WriteAttributes === undefined || settings.WriteAttributes.includes(name)
}

/** Attributes that only an administrator or the pool itself sets: nobody verifies themselves. */
const selfForbidden = new Set(['email_verified', 'phone_number_verified', 'sub', 'identities', 'cognito:mfa_enabled'])

/** An AWS list of names and values as a record; a name given twice takes its last value. */
export function readAttributes(list: readonly { Name?: string | undefined; Value?: string | undefined }[]): Attributes {
  const attributes: Record<string, string> = Object.create(null)
  for (const { Name, Value } of list) if (Name !== undefined) attributes[Name] = Value ?? ''
  return attributes
}

/** Who writes attributes. */
export type Writer = 'administrator' | Client

/**
 * Checks attributes that somebody wants to write: known to the pool, allowed to the writer, within type and length.
 * Messages are AWS's. `existing` is false for a new user, whose immutable attributes may be set once.
 */
export function checkAttributes(pool: Pool, writer: Writer, attributes: Attributes, existing: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    const rule = ruleFor(pool, writer, name)
    if (existing && rule.Mutable === false)
      throw new PoolError('InvalidParameter', `user.${name}: Attribute cannot be updated.\n`)
    checkValue(rule, name, value)
  }
}

/** The rule of an attribute that the writer may write. */
function ruleFor(pool: Pool, writer: Writer, name: string): SchemaAttributeType {
  const rule = findAttributeRule(pool, name)
  if (!rule || name === 'sub' || name === 'identities' || name.startsWith('cognito:')) {
    // AWS's sentence for unknown and for reserved names (public logs: aws-amplify/amplify-js#1182 and others).
    if (name === 'sub') throw new PoolError('InvalidParameter', 'Cannot modify the non-mutable attribute sub')
    throw new PoolError(
      'InvalidParameter',
      `Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
    )
  }
  if (writer !== 'administrator' && (selfForbidden.has(name) || !mayWrite(writer, name) || rule.DeveloperOnlyAttribute))
    throw new PoolError('NotAuthorized', 'A client attempted to write unauthorized attribute')
  return rule
}

/** Checks attributes that somebody wants to take away: what may not be written may not be deleted. */
export function checkDeletion(pool: Pool, writer: Writer, names: readonly string[]): void {
  for (const name of names) {
    const rule = ruleFor(pool, writer, name)
    if (rule.Mutable === false) throw new PoolError('InvalidParameter', `user.${name}: Attribute cannot be updated.\n`)
  }
}

/** Checks that a new user has every attribute that the pool requires. */
export function checkRequired(pool: Pool, attributes: Attributes): void {
  for (const { Name, Required } of pool.settings.SchemaAttributes ?? []) {
    if (!Required || Name === undefined || Name === 'sub' || attributes[Name]) continue
    throw new PoolError(
      'InvalidParameter',
      `Attributes did not conform to the schema: ${Name}: The attribute ${Name} is required\n`,
    )
  }
}

/** A user's attributes after checked changes; an empty value deletes. */
export function mergeAttributes(pool: Pool, user: User, changes: Attributes): Attributes {
  const merged: Record<string, string> = { ...user.attributes }
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') delete merged[name]
    // Verification is asked for as "true" everywhere.
    else merged[name] = /^(email|phone_number)_verified$/.test(name) ? value.toLowerCase() : value
    // A new address is not a verified one, unless an administrator says so in the same breath.
    if (
      (name === 'email' || name === 'phone_number') &&
      value !== user.attributes[name] &&
      !(`${name}_verified` in changes)
    ) {
      if (value === '') delete merged[`${name}_verified`]
      else merged[`${name}_verified`] = 'false'
    }
  }
  // AWS's sentences (public logs: aws-amplify/amplify-cli#4427 and others).
  if ('email_verified' in changes && !merged.email)
    throw new PoolError('InvalidParameter', 'Email is required to verify/un-verify an email')
  if ('phone_number_verified' in changes && !merged.phone_number)
    throw new PoolError('InvalidParameter', 'Phone Number is required to verify/un-verify a phone number')
  checkRequired(pool, merged)
  return merged
}

/**
 * Replaces a user's attributes and aliases by what `edit` makes of those that the store has: the user's row is held
 * meanwhile, so that of two changes at once neither undoes the other. Another user's alias is an AliasExists, unless
 * `force` moves it here: whoever verified an address later is its owner.
 */
export async function storeAttributes(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  edit: (current: User) => Attributes,
  force = false,
): Promise<void> {
  try {
    await transaction(db, async (inner) => {
      const held = await lockUser(inner, user)
      const current = held && (await findUser(inner, user.poolId, user.id))
      if (!current) throw new PoolError('UserNotFound', 'User does not exist.')
      const attributes = edit(current)
      const aliases = aliasesOfUser(pool, { ...current, attributes })
      if (force) for (const alias of aliases) await releaseAlias(inner, pool.id, alias)
      await replaceAttributes(inner, user, attributes, aliases, world.now())
    })
  } catch (error) {
    throw error instanceof AliasTaken ? aliasExists(error) : error
  }
}

/** AWS's answer for an address or name that leads to another user already. */
export function aliasExists({ alias }: Pick<AliasTaken, 'alias'>): PoolError {
  return new PoolError('AliasExists', `An account with the given ${alias.kind} already exists.`)
}

const dateTime =
  /^(\d{1,15}|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)$/

function checkValue(rule: SchemaAttributeType, name: string, value: string): void {
  const refuse = (why: string): never => {
    throw new PoolError('InvalidParameter', `Attributes did not conform to the schema: ${name}: ${why}\n`)
  }
  if (value.includes('\0')) throw new PoolError('InvalidParameter', `Invalid value for attribute ${name}.`)
  if (name === 'email' && value !== '' && !isEmail(value))
    throw new PoolError('InvalidParameter', 'Invalid email address format.')
  // E.164, as AWS requires (developer guide, "Working with user attributes").
  if (name === 'phone_number' && value !== '' && !/^\+[1-9]\d{1,14}$/.test(value))
    throw new PoolError('InvalidParameter', 'Invalid phone number format.')
  switch (rule.AttributeDataType) {
    case 'Number': {
      if (value === '') return
      if (!/^-?\d+(\.\d+)?$/.test(value)) refuse('Attribute does not conform to its data type')
      const { MinValue, MaxValue } = rule.NumberAttributeConstraints ?? {}
      if (MinValue && Number(value) < Number(MinValue))
        refuse(`Number value must be greater than or equal to ${MinValue}`)
      if (MaxValue && Number(value) > Number(MaxValue)) refuse(`Number value must be less than or equal to ${MaxValue}`)
      return
    }
    case 'Boolean':
      if (!/^(true|false)$/i.test(value)) refuse('Attribute does not conform to its data type')
      return
    case 'DateTime':
      // AWS documents no form: seconds since 1970, or a date of ISO 8601 with or without a time.
      if (value !== '' && !dateTime.test(value)) refuse('Attribute does not conform to its data type')
      return
    default: {
      const { MinLength, MaxLength } = rule.StringAttributeConstraints ?? {}
      const length = [...value].length
      if (value !== '' && MinLength && length < Number(MinLength))
        refuse(`String must be at least ${MinLength} characters long`)
      if (MaxLength && length > Number(MaxLength)) refuse(`String must be no longer than ${MaxLength} characters`)
    }
  }
}

/** One @, no white space or control characters, a domain with a name: the mail server is the judge of the rest. */
function isEmail(value: string): boolean {
  return (
    value.length <= 320 &&
    /^[^\s@"<>(),:;\\[\]\p{C}]+@[^\s@"<>(),:;\\[\]\p{C}.]+(\.[^\s@"<>(),:;\\[\]\p{C}.]+)*$/u.test(value)
  )
}
