import { createHash, randomUUID } from 'node:crypto'
import type { LoadRequest } from 'autocannon'
import type { Db } from '../../packages/server/src/store/db.ts'
import { openPostgres } from '../../packages/server/src/store/sql/postgres.ts'
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts'
import { besides, measure, median, type Row, rounds, tell } from '../load.ts'
import { databaseFile, launch, startPoolhouse, type Target } from '../poolhouse.ts'
import { startPostgres } from '../postgres.ts'
import { refreshCall, signInCall } from './tokens.ts'

const few = 1_000
/** How many users there are in the end; a million is what is promised. */
const many = Number(process.env.BENCH_USERS ?? 100_000)

/** Refresh and sign-in of users drawn from many beside users drawn from a thousand, on both stores. */
export async function crowdRows(): Promise<Row[]> {
  const postgres = await startPostgres()
  try {
    return [...(await onStore('SQLite', undefined)), ...(await onStore('PostgreSQL', postgres.url))]
  } finally {
    await postgres.stop()
  }
}

async function onStore(store: string, databaseUrl: string | undefined): Promise<Row[]> {
  const first = await startPoolhouse(1, databaseUrl)
  await first.stop()
  const rates: Record<'refresh' | 'sign-in', number[]> = { refresh: [], 'sign-in': [] }
  let there = 0
  for (const count of [few, many]) {
    tell(`${store}: up to ${count} users`)
    const db = databaseUrl === undefined ? openSqlite(databaseFile(first.data)) : openPostgres(databaseUrl)
    await addCrowd(db, there, count)
    await db.destroy()
    there = count
    const running = await launch({ data: first.data, databaseUrl })
    const target: Target = { ...first, ...running }
    rates.refresh.push(await rateOf(target, count, (name) => refreshCall(target, name)))
    rates['sign-in'].push(await rateOf(target, count, (name) => signInCall(target, name)))
    await running.stop()
  }
  return (['refresh', 'sign-in'] as const).map((what) => {
    const [beside = 0, ours = 0] = rates[what]
    return besides(`${what}, ${many} users on ${store} (beside ${few})`, 0.9, beside, ours)
  })
}

/** The rate of calls for users drawn evenly; the same for both counts, so that the client's part is the same too. */
async function rateOf(target: Target, count: number, callFor: (name: string) => LoadRequest): Promise<number> {
  const drawn = Array.from({ length: few }, (_, index) => callFor(nameOf(Math.floor((index * count) / few))))
  const measured: number[] = []
  for (let round = 0; round < rounds; round++) measured.push((await measure(target.url, drawn)).rate)
  return median(measured)
}

/** A member of the crowd: its user name, and its refresh token. */
const nameOf = (index: number) => `crowd-${index}`

/** Copies the one user there is, with its grant; all have its password. */
async function addCrowd(db: Db, from: number, to: number): Promise<void> {
  const user = await db.selectFrom('users').selectAll().where('username', '=', 'user-0').executeTakeFirstOrThrow()
  const grant = await db
    .selectFrom('grants')
    .selectAll()
    .where('user_id', '=', user.id)
    .where('refresh_hash', 'is not', null)
    .executeTakeFirstOrThrow()
  const batch = 500
  for (let start = from; start < to; start += batch) {
    const members = Array.from({ length: Math.min(batch, to - start) }, (_, index) => {
      const name = nameOf(start + index)
      return { name, id: randomUUID(), email: `${name}@example.com` }
    })
    await db.transaction().execute(async (inner) => {
      await inner
        .insertInto('users')
        .values(
          members.map(({ name, id, email }) => ({
            ...user,
            id,
            username: name,
            username_key: name,
            attributes: JSON.stringify({ email, email_verified: 'true' }),
          })),
        )
        .execute()
      await inner
        .insertInto('user_attributes')
        .values(members.map(({ id, email }) => ({ pool_id: user.pool_id, user_id: id, name: 'email', value: email })))
        .execute()
      await inner
        .insertInto('grants')
        .values(
          members.map(({ name, id }) => ({
            ...grant,
            id: randomUUID(),
            user_id: id,
            refresh_hash: createHash('sha256').update(name).digest('base64url'),
          })),
        )
        .execute()
    })
  }
}
