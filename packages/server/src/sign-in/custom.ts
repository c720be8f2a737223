import {
  type ChallengeResult,
  createChallenge,
  type Decision,
  defineChallenge,
  verifyChallenge,
} from '../directory/triggers/authentication.ts'
import { PoolError } from '../errors.ts'
import { askCode, askTotp, askVerifier, type Standing, shown } from './ask.ts'
import { userFactors } from './factors.ts'
import { wrong } from './prove.ts'
import { type Asked, type Ground, type Known, type Secrets, storeStep } from './state.ts'

/** Where the triggers of a custom sign-in have led: a step that is asked, or that all is proven. */
export type CustomProgress = { readonly asked: Asked } | { readonly proven: true }

/** Triggers that never come to a decision are stopped. */
const mostRounds = 20

/** Begins a custom sign-in; with SRP_A the triggers are told that SRP comes first. */
export async function beginCustom(
  ground: Ground,
  known: Known,
  standing: Standing,
  A: string | undefined,
): Promise<CustomProgress> {
  const custom: ChallengeResult[] =
    A === undefined ? [] : [{ challengeName: 'SRP_A', challengeResult: true, challengeMetadata: undefined }]
  const decision = await decide(ground, known, custom)
  const next = { ...standing, custom }
  if (A !== undefined && typeof decision === 'object' && decision.challenge === 'PASSWORD_VERIFIER')
    return { asked: await askVerifier(ground, known, next, A) }
  return carryOut(ground, known, next, decision)
}

/** Tells the triggers how the last step went, and carries out what they decide. */
export async function continueCustom(ground: Ground, known: Known, standing: Standing): Promise<CustomProgress> {
  const custom = standing.custom ?? []
  if (custom.length > mostRounds) throw new PoolError('NotAuthorized', wrong)
  return carryOut(ground, known, standing, await decide(ground, known, custom))
}

/** Asks VerifyAuthChallengeResponse about an answer; a wrong one is a result too, and the triggers say what comes of it. */
export async function judgeAnswer(
  { world, party, metadata }: Ground,
  known: Known,
  secrets: Secrets,
  answer: string,
): Promise<ChallengeResult> {
  const { pool, client } = party
  const challengeResult = await verifyChallenge(
    world,
    pool,
    client,
    known,
    answer,
    secrets.privateParameters ?? {},
    metadata,
  )
  return { challengeName: 'CUSTOM_CHALLENGE', challengeResult, challengeMetadata: secrets.challengeMetadata }
}

function decide({ world, party, metadata }: Ground, known: Known, custom: readonly ChallengeResult[]) {
  return defineChallenge(world, party.pool, party.client, known, custom, metadata)
}

async function carryOut(ground: Ground, known: Known, standing: Standing, decision: Decision): Promise<CustomProgress> {
  if (decision === 'fail') throw new PoolError('NotAuthorized', wrong)
  if (decision === 'issue') {
    // Triggers that let in a name that no user has cannot be followed.
    if (!known.user) throw new PoolError('NotAuthorized', wrong)
    return { proven: true }
  }
  const { challenge } = decision
  if (challenge === 'CUSTOM_CHALLENGE') return { asked: await askCustom(ground, known, standing) }
  const { user } = known
  const factor = user && userFactors(ground.party.pool, user).find((name) => name === challenge)
  if (factor === 'SOFTWARE_TOKEN_MFA') return { asked: await askTotp(ground, known, standing) }
  if (factor) return { asked: await askCode(ground, known, standing, factor) }
  throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}

async function askCustom(ground: Ground, known: Known, standing: Standing): Promise<Asked> {
  const { world, party, door, metadata } = ground
  const { pool, client } = party
  const created = await createChallenge(world, pool, client, known, standing.custom ?? [], metadata)
  const session = await storeStep(
    ground,
    known,
    { ...standing, step: 'CUSTOM_CHALLENGE' },
    {
      privateParameters: created.private,
      challengeMetadata: created.metadata,
      // A client of the API has them in its answer.
      ...(door === 'pages' && { publicParameters: created.public }),
    },
  )
  return { ...shown(ground, known), step: 'CUSTOM_CHALLENGE', session, parameters: created.public }
}
