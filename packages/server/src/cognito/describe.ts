import type {
  AttributeType,
  CodeDeliveryDetailsType,
  GroupType,
  UserPoolClientType,
  UserPoolType,
  UserType,
} from '@poolhouse/api'
import type { CodeDelivery } from '../directory/messages.ts'
import { secretOf } from '../settings/clients.ts'
import { withoutFactors } from '../settings/factors.ts'
import { levelNames } from '../settings/registration/check.ts'
import type { Group } from '../store/groups.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Domain } from '../store/setup/domains.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'

/** A pool's ARN. */
export function poolArn({ config }: World, pool: Pool): string {
  return `arn:aws:cognito-idp:${pool.region}:${config.accountId}:userpool/${pool.id}`
}

/** A pool as DescribeUserPool shows it. */
export function describePool(world: World, pool: Pool, domains: readonly Domain[], users: number): UserPoolType {
  return {
    ...withoutFactors(pool.settings),
    AcrConfiguration: levelNames(pool.settings.AcrConfiguration),
    Id: pool.id,
    Name: pool.name,
    Arn: poolArn(world, pool),
    CreationDate: pool.createdAt,
    LastModifiedDate: pool.updatedAt,
    EstimatedNumberOfUsers: users,
    Domain: domains.find(({ settings }) => !settings.CustomDomainConfig)?.domain,
    CustomDomain: domains.find(({ settings }) => settings.CustomDomainConfig)?.domain,
  }
}

/** A client as DescribeUserPoolClient shows it, its secret included. */
export function describeClient(world: World, client: Client): UserPoolClientType {
  return {
    ...client.settings,
    UserPoolId: client.poolId,
    ClientId: client.id,
    ClientName: client.name,
    ClientSecret: secretOf(world, client),
    ...(client.registered && { ClientType: 'DCR' }),
    CreationDate: client.createdAt,
    LastModifiedDate: client.updatedAt,
  }
}

/** A user's attributes as lists of names and values, `sub` first. */
export function describeAttributes(user: User, wanted: (name: string) => boolean = () => true): AttributeType[] {
  return Object.entries({ sub: user.id, ...user.attributes }).flatMap(([Name, Value]) =>
    wanted(Name) ? [{ Name, Value }] : [],
  )
}

/** A user as the administrator's operations show it. */
export function describeUser(user: User, wanted?: (name: string) => boolean): UserType {
  return {
    Username: user.username,
    Attributes: describeAttributes(user, wanted),
    UserCreateDate: user.createdAt,
    UserLastModifiedDate: user.updatedAt,
    Enabled: user.enabled,
    UserStatus: user.status,
  }
}

/** A user's second factors; MFAOptions is the older list, of text messages alone. */
export function describeMfa({ mfa, attributes }: User) {
  const sms = mfa.enabled.includes('SMS_MFA') && attributes.phone_number
  return {
    ...(sms && { MFAOptions: [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }] }),
    PreferredMfaSetting: mfa.preferred,
    ...(mfa.enabled.length > 0 && { UserMFASettingList: [...mfa.enabled] }),
  }
}

/** A group as the API shows it. */
export function describeGroup(group: Group): GroupType {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    CreationDate: group.createdAt,
    LastModifiedDate: group.updatedAt,
  }
}

/** Where a code went. */
export function describeDelivery({ medium, attribute, destination }: CodeDelivery): CodeDeliveryDetailsType {
  return { DeliveryMedium: medium, AttributeName: attribute, Destination: destination }
}
