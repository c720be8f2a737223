import type { Party } from '../../../directory/register.ts'
import { PoolError } from '../../../errors.ts'
import type { Db } from '../../../store/db.ts'
import type { IdentityProvider } from '../../../store/setup/identity-providers.ts'
import type { World } from '../../../world/world.ts'
import type { Progress } from '../../proceed.ts'
import { arriveFederated } from '../arrive.ts'
import { providerOfTrip, type Returned } from '../trip.ts'
import { notTaken, returnFromSaml, type SamlAnswer, type SamlSecrets } from './flow.ts'

/** Signs in whoever comes back from a SAML provider; `response` is the SAMLResponse that was posted. */
export async function comeBackFromSaml(
  db: Db,
  world: World,
  party: Party,
  { trip, secrets }: Returned,
  response: string | undefined,
): Promise<Progress> {
  const provider = await providerOfTrip(db, party, trip)
  // A trip to another kind of provider has its own way back.
  if (provider.type !== 'SAML' || response === undefined) throw notTaken(new Error('not an answer of this protocol'))
  const { requestId, recipient } = secrets as SamlSecrets
  return arrive(db, world, party, provider, { posted: response, requestId, recipient })
}

/** Signs in whom a SAML provider sends unasked, if it may (IDPInit). */
export async function comeFromSaml(
  db: Db,
  world: World,
  party: Party,
  provider: IdentityProvider | undefined,
  { posted, recipient }: Omit<SamlAnswer, 'requestId'>,
): Promise<Progress> {
  if (provider?.type !== 'SAML') throw notTaken(new Error('no SAML provider is named'))
  return arrive(db, world, party, provider, { posted, requestId: undefined, recipient })
}

async function arrive(
  db: Db,
  world: World,
  party: Party,
  provider: IdentityProvider,
  answer: SamlAnswer,
): Promise<Progress> {
  try {
    const { identity, sources, session } = await returnFromSaml(db, world, party.pool, provider, answer)
    const progress = await arriveFederated({ db, world, party, door: 'pages' }, provider, identity, sources)
    return progress.step === 'done' ? { ...progress, saml: session } : progress
  } catch (error) {
    if (error instanceof PoolError && error.cause instanceof Error)
      world.log.warn('federation refused', {
        poolId: party.pool.id,
        outcome: provider.name,
        message: error.cause.message.slice(0, 500),
      })
    throw error
  }
}
