import { attempt } from '../../directory/passwords.ts'
import { getUserByAnyName } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { unsupported } from '../../settings/pools.ts'
import { beginAuthenticator, confirmAuthenticator, deleteAuthenticator } from '../../sign-in/totp.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Handler } from '../resolve.ts'

export const AssociateSoftwareToken: Handler<'AssociateSoftwareToken'> = async (
  { Session },
  { db, world, pool, user },
) => {
  if (!pool || !user) throw withoutToken(Session)
  checkEnabled(pool)
  return { SecretCode: await beginAuthenticator(db, world, user) }
}

export const VerifySoftwareToken: Handler<'VerifySoftwareToken'> = async (
  { Session, UserCode, FriendlyDeviceName },
  { db, world, pool, user },
) => {
  if (!pool || !user) throw withoutToken(Session)
  checkEnabled(pool)
  // Counted apart from passwords: a right code of a secret that the caller was just given must not forgive wrong passwords.
  const right = await attempt(db, world, pool.id, `${user.id} authenticator`, () =>
    confirmAuthenticator(db, world, user, UserCode, FriendlyDeviceName),
  )
  // AWS's words (aws-samples/aws-amplify-auth-starters#15).
  if (!right) throw new PoolError('EnableSoftwareToken', 'Code mismatch and fail enable Software Token MFA')
  return { Status: 'SUCCESS' }
}

export const AdminDeleteSoftwareToken: Handler<'AdminDeleteSoftwareToken'> = async (
  { Username },
  { db, world, pool },
) => {
  const user = await getUserByAnyName(db, pool, Username)
  if (user.status === 'UNCONFIRMED') throw new PoolError('UserNotConfirmed', 'User is not confirmed.')
  await deleteAuthenticator(db, world, user)
  return {}
}

function checkEnabled(pool: Pool): void {
  if (!pool.settings.SoftwareTokenMfaConfiguration?.Enabled)
    throw new PoolError('SoftwareTokenNotFound', 'Software Token MFA has not been enabled by the userPool')
}

function withoutToken(session: string | undefined): PoolError {
  return session === undefined
    ? new PoolError('InvalidParameter', 'Either an AccessToken or a Session is required.')
    : unsupported('Setting up an authenticator during a sign-in')
}
