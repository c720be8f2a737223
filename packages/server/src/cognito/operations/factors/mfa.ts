import type { MFAOptionType } from '@poolhouse/api'
import { getUserByAnyName } from '../../../directory/usernames.ts'
import { PoolError } from '../../../errors.ts'
import { choosePreferences, disableFactor, enableFactor } from '../../../sign-in/factors/preferences.ts'
import { firstWays } from '../../../sign-in/factors.ts'
import type { Db } from '../../../store/db.ts'
import type { User } from '../../../store/users.ts'
import type { World } from '../../../world/world.ts'
import { describeMfa } from '../../describe.ts'
import type { Handler } from '../../resolve.ts'

export const SetUserMFAPreference: Handler<'SetUserMFAPreference'> = async (input, { db, world, user }) => {
  await choosePreferences(db, world, user, readChoices(input))
  return {}
}

export const AdminSetUserMFAPreference: Handler<'AdminSetUserMFAPreference'> = async (input, { db, world, pool }) => {
  await choosePreferences(db, world, await getUserByAnyName(db, pool, input.Username), readChoices(input))
  return {}
}

export const SetUserSettings: Handler<'SetUserSettings'> = async ({ MFAOptions }, { db, world, user }) => {
  await setOptions(db, world, user, MFAOptions)
  return {}
}

export const AdminSetUserSettings: Handler<'AdminSetUserSettings'> = async (
  { Username, MFAOptions },
  { db, world, pool },
) => {
  await setOptions(db, world, await getUserByAnyName(db, pool, Username), MFAOptions)
  return {}
}

export const GetUserAuthFactors: Handler<'GetUserAuthFactors'> = async (_, { db, pool, user }) => ({
  Username: user.username,
  ...describeFactors(user),
  ConfiguredUserAuthFactors: readable(await firstWays(db, pool, user)),
})

export const AdminGetUserAuthFactors: Handler<'AdminGetUserAuthFactors'> = async ({ Username }, { db, pool }) => {
  const user = await getUserByAnyName(db, pool, Username)
  return {
    Username: user.username,
    ...describeFactors(user),
    ConfiguredUserAuthFactors: readable(await firstWays(db, pool, user)),
  }
}

type Choices = Parameters<typeof choosePreferences>[3]

function readChoices(input: {
  SMSMfaSettings?: Choices['SMS_MFA']
  SoftwareTokenMfaSettings?: Choices['SOFTWARE_TOKEN_MFA']
  EmailMfaSettings?: Choices['EMAIL_OTP']
  WebAuthnMfaSettings?: Choices['WEB_AUTHN']
}): Choices {
  return {
    SMS_MFA: input.SMSMfaSettings,
    SOFTWARE_TOKEN_MFA: input.SoftwareTokenMfaSettings,
    EMAIL_OTP: input.EmailMfaSettings,
    WEB_AUTHN: input.WebAuthnMfaSettings,
  }
}

/** The older way to say the same of text messages alone (API reference, SetUserSettings). */
async function setOptions(db: Db, world: World, user: User, options: readonly MFAOptionType[]): Promise<void> {
  const others = options.some(
    ({ DeliveryMedium, AttributeName }) => DeliveryMedium !== 'SMS' || AttributeName !== 'phone_number',
  )
  if (others) throw new PoolError('InvalidParameter', 'Invalid MFA options: SMS and phone_number alone can be set here')
  if (options.length === 0) return disableFactor(db, world, user, 'SMS_MFA')
  if (!user.attributes.phone_number)
    throw new PoolError('InvalidParameter', 'User does not have delivery config set to turn on SMS_MFA')
  await enableFactor(db, world, user, 'SMS_MFA')
}

function describeFactors(user: User) {
  const { MFAOptions: _, ...rest } = describeMfa(user)
  return rest
}

/** Names of AuthFactorType. */
function readable(factors: readonly string[]) {
  return (['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] as const).filter((factor) => factors.includes(factor))
}
