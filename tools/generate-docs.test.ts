import { expect, test } from 'vitest'
import { settings } from '../packages/server/src/config.ts'
import { operationsPage, settingsPage } from './generate-docs.ts'

const contract = { SignUp: { signed: false }, AdminGetUser: { signed: true }, ListDevices: { signed: false } }
const answered = () => Promise.resolve({})
const refused = Object.assign(() => Promise.reject(new Error()), { refused: 'no devices | yet' })

test('an operation is answered, or refused with its reason', () => {
  const page = operationsPage(
    contract,
    { SignUp: answered, AdminGetUser: answered, ListDevices: refused },
    'NoException',
  )
  expect(page).toContain('2 of the 3 operations')
  expect(page).toContain('`NoException`')
  expect(page).toMatch(/\| \[SignUp\]\(\S+API_SignUp\.html\) \| anybody \| answered \|/)
  expect(page).toMatch(/\| \[AdminGetUser\]\(\S+\) \| signed \| answered \|/)
  expect(page).toMatch(/\| \[ListDevices\]\(\S+\) \| anybody \| refused: no devices \\\| yet \|/)
})

test('an operation missing from the table stops the page', () => {
  expect(() => operationsPage(contract, { SignUp: answered }, 'NoException')).toThrow('AdminGetUser is missing')
})

test('every setting is a row with four cells', () => {
  const rows = settingsPage(settings)
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
  expect(rows).toHaveLength(settings.length)
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6)
})
