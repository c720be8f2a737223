import { PoolError } from '../../../errors.ts'
import {
  deletePasskey,
  finishRegistration,
  listPasskeys,
  startRegistration,
} from '../../../sign-in/factors/passkeys.ts'
import type { Passkey } from '../../../store/factors/passkeys.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const StartWebAuthnRegistration: Handler<'StartWebAuthnRegistration'> = async (
  _,
  { db, world, pool, user, clientId },
) => ({ CredentialCreationOptions: await startRegistration(db, world, pool, user, { clientId }) })

export const CompleteWebAuthnRegistration: Handler<'CompleteWebAuthnRegistration'> = async (
  { Credential },
  { db, world, pool, user, clientId },
) => {
  await finishRegistration(db, world, pool, user, Credential, { clientId })
  return {}
}

export const ListWebAuthnCredentials: Handler<'ListWebAuthnCredentials'> = async (
  { MaxResults, NextToken },
  { db, world, user },
) => {
  const size = MaxResults || 20
  const list = `passkeys of ${user.poolId} ${user.id}`
  const after = readPageToken(world, list, NextToken)
  // A user has twenty at most; the order by age is one that new ones do not disturb.
  const rows = (await listPasskeys(db, user)).filter((passkey) => positionOf(passkey) > after)
  const { page, next } = pageOf(world, list, rows, size, positionOf)
  return {
    Credentials: page.map((passkey) => ({
      CredentialId: passkey.id,
      FriendlyCredentialName: passkey.name,
      RelyingPartyId: passkey.relyingParty,
      AuthenticatorAttachment: passkey.attachment,
      AuthenticatorTransports: [...passkey.transports],
      CreatedAt: passkey.createdAt,
    })),
    NextToken: next,
  }
}

export const DeleteWebAuthnCredential: Handler<'DeleteWebAuthnCredential'> = async ({ CredentialId }, { db, user }) => {
  if (!(await deletePasskey(db, user, CredentialId)))
    throw new PoolError('ResourceNotFound', 'The passkey does not exist.')
  return {}
}

/** Sorts as the list does. */
function positionOf({ createdAt, id }: Passkey): string {
  return `${String(createdAt).padStart(16, '0')} ${id}`
}
