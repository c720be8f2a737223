import {
  type AsyncCommand,
  assert,
  asyncModelRun,
  asyncProperty,
  commands,
  constant,
  constantFrom,
  integer,
} from 'fast-check'
import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { keepPassword, storeKept } from '../directory/passwords/keep.ts'
import type { Party } from '../directory/register.ts'
import { newSub } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { makeClient } from '../settings/clients.ts'
import { changeMfa, makePool } from '../settings/pools.ts'
import type { Db } from '../store/db.ts'
import { listMessages } from '../store/outbox.ts'
import { createUser, type User } from '../store/users.ts'
import { type TestWorld, testWorld } from '../world/test.ts'
import { continueSignIn, startSignIn } from './answer.ts'

interface House {
  readonly db: Db
  readonly world: TestWorld
  readonly party: Party
}

const password = 'Correct-Horse-1'
const sessionLife = 3 * 60_000
const mostTries = 5

async function build(db: Db): Promise<House> {
  const world = testWorld({ config: { limits: { SignInCode: 1000 } } })
  const made = await makePool(db, world, 'eu-west-1', { PoolName: 'house' })
  const pool = await changeMfa(db, world, made, { MfaConfiguration: 'ON', EmailMfaConfiguration: {} })
  const client = await makeClient(db, world, pool, { ClientName: 'app' })
  const kept = await keepPassword(world, { poolId: pool.id, username: 'ada' }, password)
  const user: User = {
    poolId: pool.id,
    id: newSub(world),
    username: 'ada',
    usernameKey: 'ada',
    status: 'CONFIRMED',
    enabled: true,
    attributes: { email: 'ada@example.com', email_verified: 'true' },
    passwordHash: kept.hash,
    passwordExpiresAt: undefined,
    mfa: { enabled: [] },
    signedOutAt: 0,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  await createUser(db, user, [])
  await storeKept(db, world, pool, user, kept)
  return { db, world, party: { pool, client } }
}

/** One challenge as it ought to be: what answers it, until when, and how often it was tried. */
interface Expected {
  readonly endsAt: number
  tries: number
  used: boolean
}

/** What a user's challenges ought to be, in the plainest terms. */
interface Model {
  now: number
  /** Wrong codes since the last right one. */
  failures: number
  lockedUntil: number
  lastTry: number
  readonly challenges: Expected[]
}

/** The challenges themselves. */
interface Real extends House {
  readonly sessions: { session: string; code: string }[]
}

type Command = AsyncCommand<Model, Real>

/** A sign-in with the right password: a new challenge beside the old ones. */
class Begin implements Command {
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    const { db, world, party } = real
    // Messages of one millisecond have no order.
    world.tick(1)
    model.now++
    const progress = await startSignIn(db, world, party, { door: 'api', username: 'ada', password })
    if (progress.step !== 'EMAIL_OTP') throw new Error(`asked for ${progress.step}`)
    const [message] = await listMessages(db, world, {}, 1)
    real.sessions.push({ session: progress.session, code: message?.code ?? '' })
    model.challenges.push({ endsAt: model.now + sessionLife, tries: 0, used: false })
  }
  toString = () => 'begin'
}

/** An answer to one of the challenges. */
class Respond implements Command {
  readonly which: number
  readonly right: boolean
  constructor(which: number, right: boolean) {
    this.which = which
    this.right = right
  }
  check = (model: Readonly<Model>) => model.challenges.length > 0
  async run(model: Model, real: Real): Promise<void> {
    const index = this.which % model.challenges.length
    const challenge = model.challenges[index]
    const known = real.sessions[index]
    if (!challenge || !known) throw new Error('no such challenge')
    const code = this.right ? known.code : known.code === '000000' ? '000001' : '000000'
    expect(await answer(real, known.session, code)).toBe(expectation(model, challenge, this.right))
  }
  toString = () => `answer ${this.which} ${this.right ? 'rightly' : 'wrongly'}`
}

/** Ten right answers at once: one is let in, when one would be. */
class Race implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = (model: Readonly<Model>) => model.challenges.length > 0
  async run(model: Model, real: Real): Promise<void> {
    const index = this.which % model.challenges.length
    const challenge = model.challenges[index]
    const known = real.sessions[index]
    if (!challenge || !known) throw new Error('no such challenge')
    const results = await Promise.all(Array.from({ length: 10 }, () => answer(real, known.session, known.code)))
    const first = expectation(model, challenge, true)
    expect(results.filter((result) => result === 'done')).toHaveLength(first === 'done' ? 1 : 0)
    // Whoever came too late used up tries of a challenge that is gone, or that nobody can answer while locked.
    if (first !== 'done') challenge.tries = mostTries
  }
  toString = () => `race ${this.which}`
}

/** Time that passes. */
class Wait implements Command {
  readonly milliseconds: number
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds
  }
  check = () => true
  async run(model: Model, { world }: Real): Promise<void> {
    world.tick(this.milliseconds)
    model.now += this.milliseconds
  }
  toString = () => `wait ${this.milliseconds}`
}

/** What the rules say of an answer, and what they make of it. */
function expectation(model: Model, challenge: Expected, right: boolean): string {
  if (challenge.used || challenge.endsAt <= model.now || challenge.tries >= mostTries) return 'SessionExpired'
  challenge.tries++
  if (model.lockedUntil > model.now) return 'NotAuthorized'
  const idle = 15 * 60_000
  const forgotten = model.lastTry <= model.now - idle && model.lockedUntil <= model.now - idle
  model.failures = forgotten ? 1 : model.failures + 1
  model.lastTry = model.now
  model.lockedUntil = model.failures < 5 ? 0 : model.now + Math.min(15 * 60_000, 2 ** (model.failures - 5) * 1000)
  if (!right) return 'CodeMismatch'
  model.failures = 0
  model.lockedUntil = 0
  challenge.used = true
  return 'done'
}

async function answer({ db, world, party }: House, session: string, code: string): Promise<string> {
  try {
    const reply = { kind: 'code', code } as const
    const answered = { door: 'api', session, step: 'EMAIL_OTP', username: 'ada', reply } as const
    return (await continueSignIn(db, world, party, answered)).step
  } catch (error) {
    return PoolError.from(error).code
  }
}

eachStore('challenges', (open, store) => {
  test('are answered once, in time, by few tries, whatever is done in whatever order', async () => {
    const houses: House[] = [await build(await open())]
    const every = [
      constant(new Begin()),
      integer({ min: 0, max: 3 }).map((which) => new Respond(which, true)),
      integer({ min: 0, max: 3 }).map((which) => new Respond(which, false)),
      integer({ min: 0, max: 3 }).map((which) => new Race(which)),
      constantFrom(1_000, 30_000, 61_000, sessionLife, 16 * 60_000).map((time) => new Wait(time)),
    ]
    await assert(
      asyncProperty(commands(every, { maxCommands: 12 }), async (list) => {
        const [house] = houses
        if (!house) throw new Error('no house')
        // What an earlier run left is forgotten after a quarter of an hour without tries.
        house.world.tick(60 * 60_000)
        const setUp = () => ({
          model: {
            now: house.world.now(),
            failures: 0,
            lockedUntil: 0,
            lastTry: Number.NEGATIVE_INFINITY,
            challenges: [],
          } as Model,
          real: { ...house, sessions: [] } as Real,
        })
        await asyncModelRun(setUp, list)
      }),
      { numRuns: store === 'sqlite' ? 40 : 15 },
    )
  })
})
