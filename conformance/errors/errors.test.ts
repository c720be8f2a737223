import { type AwsErrorName, type OperationName, operations } from '@poolhouse/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { offered } from '../operations.ts'
import { accountLife } from './account-life.ts'
import { commonRow } from './common.ts'
import { factors } from './factors.ts'
import type { Row, Rows } from './rows.ts'
import { settingUp } from './setting-up.ts'
import { signingIn } from './signing-in.ts'
import { openStage, type Stage } from './stage.ts'

// Every operation of accounts, sign-in and their settings, and every error that the SDK's model declares for it.
const areas: readonly Rows[] = [accountLife, signingIn, factors, settingUp]

/** Families of operations that bring suites of their own. */
const others =
  /IdentityProvider|SigningCertificate|RiskConfiguration|LogDelivery|AuthEvent|ManagedLoginBranding|Terms|UICustomization|ImportJob|CSVHeader|ClientSecret|Replica/

const names = (Object.keys(operations) as OperationName[]).filter((name) => offered.has(name) && !others.test(name))

function rowOf(name: OperationName, error: AwsErrorName): Row | undefined {
  for (const area of areas) {
    const row = area[name]?.[error]
    if (row !== undefined) return row
  }
  return commonRow(name, error)
}

test('every declared error has a row, and every row is about a declared error', () => {
  const missing = names.flatMap((name) =>
    operations[name].errors.filter((error) => rowOf(name, error) === undefined).map((error) => `${name}: ${error}`),
  )
  expect(missing).toEqual([])
  const strays = areas.flatMap((area) =>
    Object.entries(area).flatMap(([name, rows]) =>
      Object.keys(rows)
        .filter((error) => {
          const { errors }: { errors: readonly string[] } = operations[name as OperationName]
          return !errors.includes(error)
        })
        .map((error) => `${name}: ${error}`),
    ),
  )
  expect(strays).toEqual([])
})

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.server.close())

for (const name of names)
  describe(name, () => {
    for (const error of operations[name].errors) {
      const row = rowOf(name, error)
      if (typeof row !== 'function') continue
      test(error, async () => {
        await expect(row(stage)).rejects.toMatchObject({ name: error })
      })
    }
  })
