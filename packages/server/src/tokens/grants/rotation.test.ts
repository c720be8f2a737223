import { type AsyncCommand, assert, asyncModelRun, asyncProperty, commands, constantFrom, integer } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPostgresDatabase, eachStore } from '../../../test/databases.ts'
import { newSub } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { makeClient } from '../../settings/clients.ts'
import { makePool } from '../../settings/pools.ts'
import type { Db } from '../../store/db.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { migrate } from '../../store/sql/migrate.ts'
import { openPostgres } from '../../store/sql/postgres.ts'
import { createUser, noMfa, type User } from '../../store/users.ts'
import { type TestWorld, testWorld } from '../../world/test.ts'
import { grantTokens } from '../issue.ts'
import { decodeJwt } from '../jwt.ts'
import { revokeToken } from '../revoke.ts'
import { refreshTokens } from './refresh.ts'
import { isRefreshTokenOf, makeRefreshToken, readRefreshToken } from './refresh-token.ts'

interface House {
  readonly db: Db
  readonly world: TestWorld
  readonly pool: Pool
  readonly client: Client
  readonly user: User
}

const grace = 20_000
const life = 3_600_000

async function build(db: Db, RetryGracePeriodSeconds = grace / 1000): Promise<House> {
  const world = testWorld()
  const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'house' })
  const client = await makeClient(db, world, pool, {
    ClientName: 'app',
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds },
    RefreshTokenValidity: 1,
    TokenValidityUnits: { RefreshToken: 'hours' },
  })
  const user: User = {
    poolId: pool.id,
    id: newSub(world),
    username: 'ada',
    usernameKey: 'ada',
    status: 'CONFIRMED',
    enabled: true,
    attributes: {},
    passwordHash: undefined,
    passwordExpiresAt: undefined,
    mfa: noMfa,
    signedOutAt: 0,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  await createUser(db, user, [])
  return { db, world, pool, client, user }
}

async function signIn({ db, world, pool, client, user }: House): Promise<string> {
  const granted = { user, door: 'api', scopes: [], authTime: world.now(), refresh: true } as const
  return (await grantTokens(db, world, pool, client, granted)).refreshToken ?? ''
}

/** The refresh token that comes of a refresh, or the name of the refusal. */
async function refresh(house: House, refreshToken: string): Promise<string> {
  try {
    const { db, world, pool, client } = house
    return (await refreshTokens(db, world, pool, client, { refreshToken })).refreshToken ?? 'none'
  } catch (error) {
    return PoolError.from(error).code
  }
}

/** What a rotating grant ought to be, in the plainest terms. */
interface Model {
  generation: number
  rotatedAt: number
  now: number
  readonly endsAt: number
  revoked: boolean
}

interface Real {
  readonly house: House
  /** Every refresh token that was given, by generation. */
  readonly tokens: string[]
}

type Step = AsyncCommand<Model, Real>

const alive = (model: Model) => !model.revoked && model.now < model.endsAt

/** Presents the token of some generations ago; 0 is the current one. */
function use(back: number): Step {
  return {
    toString: () => `use(${back})`,
    check: ({ generation }) => generation >= back,
    async run(model, { house, tokens }) {
      const given = tokens[model.generation - back] ?? ''
      const answer = await refresh(house, given)
      if (!alive(model)) return expect(answer).toBe('NotAuthorized')
      if (back === 0) {
        expect(tokens).not.toContain(answer)
        expect(readRefreshToken(answer)?.generation).toBe(model.generation + 1)
        tokens.push(answer)
        model.generation++
        model.rotatedAt = model.now
      } else if (back === 1 && model.now <= model.rotatedAt + grace) {
        expect(answer).toBe(tokens[model.generation])
      } else {
        expect(answer).toBe('RefreshTokenReuse')
        model.revoked = true
      }
    },
  }
}

/** Many present the current token at once: one generation comes of it, and all hold the same token. */
function race(callers: number): Step {
  return {
    toString: () => `race(${callers})`,
    check: () => true,
    async run(model, { house, tokens }) {
      const given = tokens[model.generation] ?? ''
      const answers = await Promise.all(Array.from({ length: callers }, () => refresh(house, given)))
      const [first = ''] = answers
      expect(new Set(answers).size).toBe(1)
      if (!alive(model)) return expect(first).toBe('NotAuthorized')
      expect(readRefreshToken(first)?.generation).toBe(model.generation + 1)
      tokens.push(first)
      model.generation++
      model.rotatedAt = model.now
    },
  }
}

function tick(milliseconds: number): Step {
  return {
    toString: () => `tick(${milliseconds})`,
    check: () => true,
    async run(model, { house }) {
      house.world.tick(milliseconds)
      model.now += milliseconds
    },
  }
}

/** Revokes by the token of some generations ago: whoever holds one may end what came of it. */
function revoke(back: number): Step {
  return {
    toString: () => `revoke(${back})`,
    check: ({ generation }) => generation >= back,
    async run(model, { house: { db, world, client }, tokens }) {
      await revokeToken(db, world, client, tokens[model.generation - back] ?? '')
      model.revoked = true
    },
  }
}

eachStore('rotation', (open) => {
  test('behaves as its model under any history', async () => {
    const house = await build(await open())
    const steps = [
      integer({ min: 0, max: 3 }).map(use),
      integer({ min: 0, max: 1 }).map(use),
      integer({ min: 2, max: 6 }).map(race),
      constantFrom(1, 1000, grace, grace + 1, life / 3).map(tick),
      constantFrom(0, 0, 1).map(revoke),
    ]
    const history = asyncProperty(commands(steps, { maxCommands: 12 }), async (steps) => {
      const now = house.world.now()
      const first = await signIn(house)
      const model: Model = { generation: 0, rotatedAt: 0, now, endsAt: now + life, revoked: false }
      await asyncModelRun(() => ({ model, real: { house, tokens: [first] } }), steps)
    })
    await assert(history, { numRuns: 80 })
  }, 120_000)

  test('without a grace period the second use ends the grant, however close', async () => {
    const house = await build(await open(), 0)
    const first = await signIn(house)
    const second = await refresh(house, first)
    expect(await refresh(house, first)).toBe('RefreshTokenReuse')
    expect(await refresh(house, second)).toBe('NotAuthorized')
    const third = await signIn(house)
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(house, third)))
    expect(answers.filter((answer) => answer.length === 70)).toHaveLength(1)
    expect(answers).toContain('RefreshTokenReuse')
  })

  test('a new token lives for the rest of the first one’s life', async () => {
    const house = await build(await open())
    let token = await signIn(house)
    for (let minute = 0; minute < 59; minute++) {
      house.world.tick(60_000)
      token = await refresh(house, token)
    }
    house.world.tick(60_000 - 1)
    token = await refresh(house, token)
    house.world.tick(1)
    expect(await refresh(house, token)).toBe('NotAuthorized')
  })

  test('a forged generation, a foreign grant, another client: nothing ends', async () => {
    const house = await build(await open())
    const { world, pool, client } = house
    const first = await signIn(house)
    const second = await refresh(house, first)
    const bytes = Buffer.from(first, 'base64url')
    for (const forge of [
      (copy: Buffer) => copy.writeUInt32BE(7, 16),
      (copy: Buffer) => copy.writeUInt8((copy.at(-1) ?? 0) ^ 1, 51),
      (copy: Buffer) => copy.write('00', 'hex'),
    ]) {
      const copy = Buffer.from(bytes)
      forge(copy)
      expect(await refresh(house, copy.toString('base64url'))).toBe('NotAuthorized')
    }
    const other = await makeClient(house.db, world, pool, {
      ClientName: 'other',
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 60 },
    })
    expect(await refresh({ ...house, client: other }, first)).toBe('NotAuthorized')
    await revokeToken(house.db, world, other, first)
    expect(await refresh({ ...house, client }, second)).toHaveLength(70)
  })

  test('a token that was given to a device asks for its key, and the access token names it', async () => {
    const { db, world, pool, client, user } = await build(await open())
    const deviceKey = 'eu-west-1_12345678-9abc-4def-8123-456789abcdef'
    const granted = { user, door: 'api', scopes: [], authTime: world.now(), refresh: true, deviceKey } as const
    const first = await grantTokens(db, world, pool, client, granted)
    const ask = (key: string | undefined) =>
      refreshTokens(db, world, pool, client, { refreshToken: first.refreshToken ?? '', deviceKey: key })
    for (const key of [undefined, '', `${deviceKey}0`]) await expect(ask(key)).rejects.toThrow('Invalid Refresh Token')
    const second = await ask(deviceKey)
    for (const { accessToken, idToken = '' } of [first, second]) {
      expect(decodeJwt(accessToken)?.claims.device_key).toBe(deviceKey)
      expect(decodeJwt(idToken)?.claims).not.toHaveProperty('device_key')
    }
  })

  test('rotation that is switched off leaves the current token, and ends a grant whose old one comes back', async () => {
    const house = await build(await open())
    const first = await signIn(house)
    const second = await refresh(house, first)
    const still = { ...house, client: { ...house.client, settings: {} } }
    expect(await refresh(still, second)).toBe('none')
    expect(await refresh(still, first)).toBe('RefreshTokenReuse')
  })
})

describe('a refresh token', () => {
  const world = testWorld()
  const grant = {
    id: '12345678-9abc-4def-8123-456789abcdef',
    poolId: 'p',
    clientId: 'c',
    generation: 3,
    refreshSalt: 'salt',
  }
  test('says which generation of which grant it is, and proves it', () => {
    const token = makeRefreshToken(world, grant)
    expect(token).toMatch(/^[\w-]{70}$/)
    expect(readRefreshToken(token)).toEqual({ grantId: grant.id, generation: 3 })
    expect(isRefreshTokenOf(world, grant, token)).toBe(true)
    expect(makeRefreshToken(world, grant)).toBe(token)
  })

  test.each([
    ['another pool', { poolId: 'q' }],
    ['another client', { clientId: 'd' }],
    ['another salt', { refreshSalt: 'pepper' }],
    ['no salt', { refreshSalt: undefined }],
    ['another id', { id: '12345678-9abc-4def-8123-456789abcdee' }],
  ])('is not that of %s', (_, change) => {
    expect(isRefreshTokenOf(world, { ...grant, ...change }, makeRefreshToken(world, grant))).toBe(false)
  })

  test.each(['', 'a', 'a'.repeat(69), 'a'.repeat(71), `${'a'.repeat(69)}.`, `${'a'.repeat(69)}b`])(
    'has one form alone: %s',
    (text) => {
      expect(readRefreshToken(text)).toBeUndefined()
    },
  )
})

test('two servers on one PostgreSQL race on one generation: one rotates, all get its token', async () => {
  const url = await createPostgresDatabase()
  const databases = [openPostgres(url), openPostgres(url)]
  try {
    const [one, two] = databases
    if (!one || !two) throw new Error('two databases')
    await migrate(one, 0)
    const house = await build(one)
    for (let round = 0; round < 10; round++) {
      const first = await signIn(house)
      const racers = Array.from({ length: 12 }, (_, index) =>
        refresh({ ...house, db: index % 2 === 0 ? one : two }, first),
      )
      const answers = new Set(await Promise.all(racers))
      expect(answers.size).toBe(1)
      expect(readRefreshToken([...answers][0] ?? '')?.generation).toBe(1)
    }
  } finally {
    for (const db of databases) await db.destroy()
  }
})
