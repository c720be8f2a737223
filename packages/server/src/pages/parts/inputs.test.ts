import { expect, test } from 'vitest'
import { standardAttributes } from '../../directory/attributes.ts'
import { english } from '../../languages/languages.ts'
import { write } from '../../languages/messages.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool, PoolSettings } from '../../store/setup/pools.ts'
import { isName, nameInput, readInput, signUpInputs } from './inputs.ts'

function poolOf(settings: PoolSettings, required: string[] = []): Pool {
  const SchemaAttributes = standardAttributes.map((rule) =>
    required.includes(rule.Name ?? '') ? { ...rule, Required: true } : rule,
  )
  return {
    id: 'p',
    name: 'p',
    region: 'r',
    clockOffset: 0,
    createdAt: 0,
    updatedAt: 0,
    settings: { SchemaAttributes, ...settings },
  }
}

const client: Client = {
  poolId: 'p',
  id: 'c',
  name: 'c',
  secretSealed: undefined,
  settings: {},
  createdAt: 0,
  updatedAt: 0,
}

// biome-ignore format: a table
const names: [settings: PoolSettings, label: string, type: string][] = [
  [{},                                                            'User name',                        'text'],
  [{ UsernameAttributes: ['email'] },                             'Email',                            'email'],
  [{ UsernameAttributes: ['phone_number'] },                      'Phone number',                     'tel'],
  [{ UsernameAttributes: ['email', 'phone_number'] },             'Email or phone number',            'text'],
  [{ AliasAttributes: ['email'] },                                'User name or email',               'text'],
  [{ AliasAttributes: ['preferred_username'] },                   'User name',                        'text'],
  [{ AliasAttributes: ['email', 'phone_number', 'preferred_username'] }, 'User name, email or phone number', 'text'],
]

for (const [settings, label, type] of names)
  test(`people sign in with: ${label} (${JSON.stringify(settings)})`, () => {
    const input = nameInput(poolOf(settings))
    expect({ ...input, label: write(english, input.label) }).toMatchObject({
      name: 'username',
      autocomplete: 'username',
      label,
      type,
    })
    expect(write(english, input.missing)).toBe(`Enter your ${label.charAt(0).toLowerCase()}${label.slice(1)}.`)
  })

// biome-ignore format: a table
const signUps: [title: string, settings: PoolSettings, required: string[], labels: string[]][] = [
  ['a plain pool',                               {}, [],                                                                    ['User name']],
  ['required attributes',                        {}, ['birthdate', 'email'],                                                ['User name', 'Email', 'Date of birth']],
  ['an address for the code',                    { AutoVerifiedAttributes: ['email'] }, [],                                 ['User name', 'Email']],
  ['one address for the code is enough',         { AutoVerifiedAttributes: ['email', 'phone_number'] }, ['phone_number'],   ['User name', 'Phone number']],
  ['the name is the address',                    { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'] }, ['email'], ['Email']],
  ['either address, one required',               { UsernameAttributes: ['email', 'phone_number'] }, ['phone_number'],       ['Phone number']],
  ['either address, none required',              { UsernameAttributes: ['email', 'phone_number'] }, ['name'],               ['Email or phone number', 'Full name']],
  ['either address, both required',              { UsernameAttributes: ['email', 'phone_number'] }, ['email', 'phone_number'], ['Email', 'Phone number']],
  ['a new name is never an alias',               { AliasAttributes: ['email'] }, ['email'],                                 ['User name', 'Email']],
]

for (const [title, settings, required, labels] of signUps)
  test(`sign-up asks what it must and nothing twice: ${title}`, () => {
    expect(
      signUpInputs({ pool: poolOf(settings, required), client }).map(({ label }) => write(english, label)),
    ).toEqual(labels)
  })

test('an attribute that the app may not write is not asked for', () => {
  const pool = poolOf({ AutoVerifiedAttributes: ['email'] })
  const reader = { ...client, settings: { WriteAttributes: ['name'] } }
  expect(signUpInputs({ pool, client: reader }).map(({ label }) => write(english, label))).toEqual(['User name'])
})

// biome-ignore format: a table
const typed: [phone: boolean, text: string, read: string][] = [
  [false, ' ada@example.com ', 'ada@example.com'],
  [true,  '+44 (0)20-7183.8750', '+4402071838750'],
  [true,  'ada@example.com',   'ada@example.com'],
  [false, '+1.2-3',            '+1.2-3'],
]

for (const [phone, text, read] of typed)
  test(`"${text}" is read as "${read}"`, () => {
    expect(readInput(new Map([['x', text]]), { name: 'x', phone })).toBe(read)
  })

// biome-ignore format: a table
const fit: [text: string, fit: boolean][] = [
  ['ada', true], ['аdmin', true], ['a'.repeat(128), true], ['🐠', true],
  ['', false], ['a'.repeat(129), false], ['a b', false], ['a\nb', false], ['a\u202eb', false], ['a\u2028b', false],
]

for (const [text, expected] of fit)
  test(`${JSON.stringify(text.slice(0, 12))} (${text.length}) ${expected ? 'can' : 'cannot'} be a user name`, () => {
    expect(isName(text)).toBe(expected)
  })
