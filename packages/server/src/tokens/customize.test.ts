import { assert, constantFrom, dictionary, jsonValue, property, string, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TokenAnswer } from '../directory/triggers/tokens.ts'
import { groupFacts } from './claims.ts'
import { customizeAccess, customizeId, readCustomization } from './customize.ts'

const id = {
  sub: 'user',
  aud: 'client',
  iss: 'issuer',
  token_use: 'id',
  'cognito:username': 'ada',
  'cognito:groups': ['a', 'b'],
  'cognito:roles': ['role-a'],
  'cognito:preferred_role': 'role-a',
  email: 'ada@example.com',
  email_verified: true,
  'dev:tier': 'gold',
  exp: 2,
  iat: 1,
  jti: 'j',
}
const access = {
  sub: 'user',
  client_id: 'client',
  token_use: 'access',
  scope: 'openid email',
  username: 'ada',
  'cognito:groups': ['a', 'b'],
  version: 2,
  exp: 2,
}
const machine = { sub: 'client', client_id: 'client', token_use: 'access', scope: 'api/read' }

function version1(details: unknown): TokenAnswer {
  return { version: 1, response: { claimsOverrideDetails: details } }
}
function version2(details: unknown): TokenAnswer {
  return { version: 2, response: { claimsAndScopeOverrideDetails: details } }
}
const toId = (answer: TokenAnswer) => customizeId(id, readCustomization(answer))
const toAccess = (answer: TokenAnswer, claims: object = access) =>
  customizeAccess({ ...claims }, readCustomization(answer))

const fixed = [
  'acr', 'amr', 'at_hash', 'aud', 'auth_time', 'azp', 'client_id', 'device_key', 'event_id', 'exp', 'iat', 'identities',
  'iss', 'jti', 'nbf', 'nonce', 'origin_jti', 'sub', 'token_use', 'username', 'version', 'cognito:username',
  'cognito:anything', 'cognito:roles', 'cognito:groups',
] // biome-ignore format: a table

describe('version 1', () => {
  test.each([null, undefined, [], {}])('%j changes nothing', (details) => {
    expect(toId(version1(details))).toEqual(id)
    expect(toAccess(version1(details))).toEqual(access)
  })

  test('adds, overrides and suppresses in the ID token alone; suppression wins', () => {
    const answer = version1({
      claimsToAddOrOverride: { team: 'red', email: 'other@example.com', gone: 'x', count: 3, yes: true },
      claimsToSuppress: ['email_verified', 'gone', 'dev:tier'],
    })
    const { email_verified: _, 'dev:tier': __, ...rest } = id
    expect(toId(answer)).toEqual({ ...rest, team: 'red', email: 'other@example.com', count: '3', yes: 'true' })
    expect(toAccess(answer)).toEqual(access)
  })

  test('groups go into both tokens', () => {
    const groupOverrideDetails = { groupsToOverride: ['x'], iamRolesToOverride: ['role-x'], preferredRole: 'role-x' }
    const answer = version1({ groupOverrideDetails })
    expect(toId(answer)).toEqual({
      ...id,
      'cognito:groups': ['x'],
      'cognito:roles': ['role-x'],
      'cognito:preferred_role': 'role-x',
    })
    expect(toAccess(answer)).toEqual({ ...access, 'cognito:groups': ['x'] })
  })

  test.each([null, {}])('groups of %j are taken away', (groupOverrideDetails) => {
    const answer = version1({ groupOverrideDetails })
    for (const claim of ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
      expect(toId(answer)).not.toHaveProperty([claim])
    expect(toAccess(answer)).not.toHaveProperty(['cognito:groups'])
  })

  test('knows neither objects nor the members of version 2', () => {
    expect(() => readCustomization(version1({ claimsToAddOrOverride: { a: {} } }))).toThrow('Unrecognizable')
    const other = version1({ accessTokenGeneration: { scopesToAdd: ['x'], claimsToAddOrOverride: { a: 'b' } } })
    expect(toAccess(other)).toEqual(access)
  })
})

describe('versions 2 and 3', () => {
  test('change both tokens, with objects, numbers and lists', () => {
    const value = { list: [1, 'two', true], deep: { a: null } }
    const answer = version2({
      idTokenGeneration: { claimsToAddOrOverride: { value }, claimsToSuppress: ['email'] },
      accessTokenGeneration: { claimsToAddOrOverride: { value, count: 3 }, claimsToSuppress: ['nothing'] },
    })
    const { email: _, ...rest } = id
    expect(toId(answer)).toEqual({ ...rest, value })
    expect(toAccess(answer)).toEqual({ ...access, value, count: 3 })
  })

  test('scopes are added and suppressed; suppression wins; none left leaves no claim', () => {
    const change = (scopesToAdd: string[], scopesToSuppress: string[]) =>
      toAccess(version2({ accessTokenGeneration: { scopesToAdd, scopesToSuppress } }))
    expect(change(['a/b', 'openid', 'x'], ['email', 'x'])).toEqual({ ...access, scope: 'openid a/b' })
    expect(change([], ['email', 'openid'])).not.toHaveProperty('scope')
  })

  test('a developer’s attribute may go, and not come', () => {
    const answer = version2({ idTokenGeneration: { claimsToAddOrOverride: { 'dev:tier': 'lead', 'dev:new': 'x' } } })
    expect(toId(answer)).toEqual(id)
  })

  test('an audience may be the client alone', () => {
    const of = (aud: unknown) => toAccess(version2({ accessTokenGeneration: { claimsToAddOrOverride: { aud } } })).aud
    expect(of('client')).toBe('client')
    expect(of('other')).toBeUndefined()
    expect(of(['client'])).toBeUndefined()
  })

  test('scope is no claim to be set', () => {
    const change = { claimsToAddOrOverride: { scope: 'admin' }, claimsToSuppress: [] }
    expect(toAccess(version2({ accessTokenGeneration: change }))).toEqual(access)
  })

  test('cognito:groups among the suppressed takes the roles along', () => {
    const part = { claimsToSuppress: ['cognito:groups'] }
    const answer = version2({ idTokenGeneration: part, accessTokenGeneration: part })
    for (const claim of ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
      expect(toId(answer)).not.toHaveProperty([claim])
    expect(toAccess(answer)).not.toHaveProperty(['cognito:groups'])
    expect(toId(answer)['cognito:username']).toBe('ada')
  })

  test('a machine gets claims and scopes, and no groups', () => {
    const answer = version2({
      accessTokenGeneration: { claimsToAddOrOverride: { tenant: 't' }, scopesToAdd: ['api/write'] },
      groupOverrideDetails: { groupsToOverride: ['admin'] },
    })
    expect(toAccess(answer, machine)).toEqual({ ...machine, tenant: 't', scope: 'api/read api/write' })
  })

  test.each(['email_verified', 'phone_number_verified', 'updated_at', 'address'])('%s is no object', (name) => {
    const part = { claimsToAddOrOverride: { [name]: {} } }
    expect(() => readCustomization(version2({ idTokenGeneration: part }))).toThrow('Unrecognizable')
  })
})

test.each(fixed)('no function sets or suppresses %s', (name) => {
  const set = { claimsToAddOrOverride: { [name]: 'forged' } }
  const answer = version2({ idTokenGeneration: set, accessTokenGeneration: set })
  expect(toId(answer)).toEqual(id)
  expect(toAccess(answer)).toEqual(access)
  expect(toAccess(answer, machine)).toEqual(machine)
  if (name === 'cognito:groups') return
  const suppress = { claimsToSuppress: [name] }
  const without = version2({ idTokenGeneration: suppress, accessTokenGeneration: suppress })
  expect(toId(without)).toEqual(id)
  expect(toAccess(without)).toEqual(access)
})

test('whatever a function answers, it is changed as documented or refused, and what is fixed stays', () => {
  const names = constantFrom(...fixed, 'email', '__proto__', 'constructor', 'scope', 'x')
  const answers = dictionary(names, jsonValue())
  assert(
    property(answers, uniqueArray(names), string(), (set, suppress, scope) => {
      const part = { claimsToAddOrOverride: set, claimsToSuppress: suppress, scopesToAdd: [scope] }
      let changed: Record<string, unknown>
      try {
        changed = { ...toAccess(version2({ accessTokenGeneration: part, idTokenGeneration: part })) }
      } catch (error) {
        expect(error).toMatchObject({ code: 'InvalidLambdaResponse' })
        return
      }
      const { scope: _, aud: __, 'cognito:groups': ___, email: ____, x: _____, ...rest } = changed
      const { scope: ______, 'cognito:groups': _______, ...same } = access
      expect(JSON.parse(JSON.stringify(rest))).toMatchObject(same)
      expect(Object.getPrototypeOf(changed)).toBe(Object.prototype)
    }),
  )
})

// biome-ignore format: a table
const malformed: [title: string, details: unknown][] = [
  ['a text',                { groupOverrideDetails: 'x' }],
  ['a list of details',     [1]],
  ['a list of claims',      { idTokenGeneration: { claimsToAddOrOverride: ['x'] } }],
  ['suppression by name',   { idTokenGeneration: { claimsToSuppress: 'email' } }],
  ['suppression of 1',      { idTokenGeneration: { claimsToSuppress: [1] } }],
  ['a scope with a blank',  { accessTokenGeneration: { scopesToAdd: ['a b'] } }],
  ['an empty scope',        { accessTokenGeneration: { scopesToAdd: [''] } }],
  ['groups by name',        { groupOverrideDetails: { groupsToOverride: 'a' } }],
  ['a role of 1',           { groupOverrideDetails: { preferredRole: 1 } }],
  ['5,001 changes',         { idTokenGeneration: { claimsToSuppress: Array.from({ length: 5001 }, (_, index) => `c${index}`) } }],
]
test.each(malformed)('%s is no answer', (_, details) => {
  expect(() => readCustomization(version2(details))).toThrow('Unrecognizable lambda output')
})

// biome-ignore format: a table
const ranks: [title: string, groups: [role: string | undefined, precedence: number | undefined][], roles: string[], preferred: string | undefined][] = [
  ['no group',                           [],                                     [],         undefined],
  ['one role without precedence',        [['r', undefined]],                     ['r'],      'r'],
  ['the lowest precedence',              [['r', 5], ['s', 1], ['t', 9]],         ['s', 'r', 't'], 's'],
  ['precedence 0',                       [['r', 1], ['s', 0]],                   ['s', 'r'], 's'],
  ['any precedence before none',         [['r', undefined], ['s', 9]],           ['s', 'r'], 's'],
  ['a tie of different roles',           [['r', 1], ['s', 1]],                   ['r', 's'], undefined],
  ['a tie of one role',                  [['r', 1], ['r', 1]],                   ['r'],      'r'],
  ['two roles without precedence',       [['r', undefined], ['s', undefined]],   ['r', 's'], undefined],
  ['a better group without role',        [[undefined, 0], ['r', 3]],             ['r'],      'r'],
]
test.each(ranks)('roles: %s', (_, groups, roles, preferredRole) => {
  const times = { createdAt: 0, updatedAt: 0 }
  const facts = groupFacts(
    groups.map(([roleArn, precedence], index) => ({
      poolId: 'p',
      name: `g${index}`,
      description: undefined,
      roleArn,
      precedence,
      ...times,
    })),
  )
  expect(facts).toEqual({ groups: groups.map((_, index) => `g${index}`), roles, preferredRole })
})
