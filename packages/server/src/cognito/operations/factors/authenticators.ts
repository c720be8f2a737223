// Operations of what users prove with besides a password, for them and for administrators. Rules are in sign-in/.
import { getUserByAnyName } from '../../../directory/usernames.ts'
import { PoolError } from '../../../errors.ts'
import { associateInSession, verifyInSession } from '../../../sign-in/factors/set-up.ts'
import { beginAuthenticator, confirmCounted, deleteAuthenticator } from '../../../sign-in/factors/totp.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import type { Handler } from '../../resolve.ts'

export const AssociateSoftwareToken: Handler<'AssociateSoftwareToken'> = async (
  { Session },
  { db, world, pool, user },
) => {
  if (!pool || !user) {
    const { secret, session } = await associateInSession(db, world, required(Session))
    return { SecretCode: secret, Session: session }
  }
  checkEnabled(pool)
  return { SecretCode: await beginAuthenticator(db, world, user) }
}

export const VerifySoftwareToken: Handler<'VerifySoftwareToken'> = async (
  { Session, UserCode, FriendlyDeviceName },
  { db, world, pool, user },
) => {
  if (!pool || !user) {
    const { session } = await verifyInSession(db, world, required(Session), UserCode, FriendlyDeviceName)
    return { Status: 'SUCCESS', Session: session }
  }
  checkEnabled(pool)
  await confirmCounted(db, world, user, UserCode, FriendlyDeviceName)
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

function required(session: string | undefined): string {
  if (session === undefined) throw new PoolError('InvalidParameter', 'Either an AccessToken or a Session is required.')
  return session
}
