import { execFileSync } from 'node:child_process'
import * as sdk from '@aws-sdk/client-cognito-identity-provider'
import {
  type Api,
  type Constraint,
  constraints,
  enums,
  type OperationName,
  operations,
  structures,
} from '@poolhouse/api'
import { expect, test } from 'vitest'

const scalars = ['string', 'integer', 'boolean', 'timestamp', 'blob', 'json']

/** The structures that a request can hold. */
function ofInputs(): Set<string> {
  const found = new Set<string>()
  const walk = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const { type } of Object.values(structures[name]!)) if (Object.hasOwn(structures, type)) walk(type)
  }
  for (const { input } of Object.values(operations)) walk(input)
  return found
}

test('holds every operation of the SDK, with a structure for what it takes and gives', () => {
  expect(Object.keys(operations)).toHaveLength(140)
  for (const [name, { input, output }] of Object.entries(operations)) {
    expect(sdk).toHaveProperty(`${name}Command`)
    expect(structures).toHaveProperty(input)
    if (output !== null) expect(structures).toHaveProperty(output)
  }
})

test('leaves 34 operations unsigned', () => {
  const unsigned = Object.keys(operations).filter((name) => !operations[name as OperationName].signed)
  expect(unsigned).toHaveLength(34)
  for (const name of ['InitiateAuth', 'GetUser', 'SignUp', 'RevokeToken']) expect(unsigned).toContain(name)
  for (const name of ['AdminInitiateAuth', 'CreateUserPool', 'ListUsers']) expect(unsigned).not.toContain(name)
})

test('every member is of a type that exists', () => {
  expect(Object.keys(structures)).toHaveLength(367)
  for (const [name, structure] of Object.entries(structures))
    for (const [member, { type }] of Object.entries(structure)) {
      const known = [scalars.includes(type), Object.hasOwn(structures, type), Object.hasOwn(enums, type)]
      expect(known.filter(Boolean), `${name}.${member}`).toHaveLength(1)
    }
})

// The generator reads members and required ones from the SDK's declarations; here they are compared with the SDK's
// run-time schemas, [3, namespace, name, traits, names, types, how many of the first names are required].
test('every structure has the members of its run-time schema', () => {
  const schemas = new Map<string, unknown>(Object.entries(sdk))
  for (const [name, structure] of Object.entries(structures)) {
    const schema = schemas.get(`${name}$`) as readonly unknown[]
    const [names, required] = [schema[4] as string[], Number(schema[6] ?? 0)]
    const members = Object.entries(structure)
    expect(members.map(([member]) => member).sort(), name).toEqual([...names].sort())
    const asked = members.filter(([, member]) => member.required).map(([member]) => member)
    expect(asked.sort(), name).toEqual(names.slice(0, required).sort())
  }
})

test.each([
  ['SignUpRequest', 'Password'],
  ['SignUpRequest', 'Username'],
  ['AttributeType', 'Value'],
  ['InitiateAuthRequest', 'AuthParameters'],
  ['RespondToAuthChallengeRequest', 'ChallengeResponses'],
  ['GetUserRequest', 'AccessToken'],
  ['UserContextDataType', 'IpAddress'],
])('%s.%s is sensitive', (structure, member) => {
  expect(structures[structure]![member]!.sensitive).toBe(true)
})

test('an operation declares its errors', () => {
  expect(operations.ConfirmSignUp.errors).toContain('CodeMismatchException')
  expect(operations.GetSigningCertificate.errors).not.toContain('NotAuthorizedException')
  for (const [name, { errors }] of Object.entries(operations)) {
    expect(errors, name).toContain('InvalidParameterException')
    for (const error of errors) expect(sdk).toHaveProperty(error)
  }
})

test('all limits belong to members that they fit', () => {
  const places = [...ofInputs()].flatMap((name) => Object.keys(structures[name]!).map((member) => ({ name, member })))
  for (const [key, constraint] of Object.entries(constraints)) {
    const at = places.filter(({ name, member }) => {
      if (key.includes('.')) return key === `${name}.${member}`
      return key === member && !Object.hasOwn(constraints, `${name}.${member}`)
    })
    expect(at, key).not.toHaveLength(0)
    for (const { name, member } of at) {
      const { type, many } = structures[name]![member]!
      const inner: Constraint = many ? (constraint.each ?? {}) : constraint
      if (constraint.pattern) expect(many, key).toBeUndefined()
      if (constraint.keys) expect(many, key).toBe('map')
      if (constraint.each) expect(many, key).toBeDefined()
      if (inner.pattern) expect(type, key).toBe('string')
      if (inner.min !== undefined || inner.max !== undefined) expect(['string', 'integer', 'blob'], key).toContain(type)
      expect(constraint.min ?? 0, key).toBeLessThanOrEqual(constraint.max ?? Number.POSITIVE_INFINITY)
    }
  }
})

test('the generated files are those of the installed SDK', () => {
  const script = new URL('../../../tools/generate-api.ts', import.meta.url).pathname
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('')
})

test('types say what is required, optional and a point in time', () => {
  const input: Api['InitiateAuth']['input'] = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'client' }
  const output: Api['CreateGroup']['output'] = { Group: { GroupName: undefined, CreationDate: 1_700_000_000_000 } }
  const nothing: Api['DeleteUser']['output'] = {}
  // @ts-expect-error A client is required.
  const without: Api['InitiateAuth']['input'] = { AuthFlow: 'USER_AUTH' }
  // @ts-expect-error The flow is one of an enumeration.
  const flow: Api['InitiateAuth']['input'] = { AuthFlow: 'PASSWORD', ClientId: 'client' }
  expect([input, output, nothing, without, flow]).toHaveLength(5)
})
