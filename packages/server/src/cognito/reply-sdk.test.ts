// The real SDK on the other side: what it writes is read, what is written it reads. Inputs and outputs are made from
// the shapes, so that every member of every operation is on the wire.
import { Readable } from 'node:stream'
import * as sdk from '@aws-sdk/client-cognito-identity-provider'
import {
  type Api,
  type Constraint,
  constraints,
  enums,
  type Member,
  type OperationName,
  operations,
  structures,
} from '@poolhouse/api'
import { HttpResponse } from '@smithy/protocol-http'
import {
  type Arbitrary,
  array,
  boolean,
  constantFrom,
  dictionary,
  gen,
  integer,
  record,
  sample,
  uint8Array,
} from 'fast-check'
import { expect, test } from 'vitest'
import { PoolError } from '../errors.ts'
import { operationName, parseInput } from './parse.ts'
import { checkOutput, contentType, failure, replyBody } from './reply.ts'

const names = Object.keys(operations) as OperationName[]

/** At least one of these fits each text of the contract. */
const texts = [
  'a',
  '123456',
  'email',
  'eu-west-1_abc',
  'eu-west-1_0a-1b',
  'eyJ.token-value_of=20+',
  'a-text-of-twenty-characters-and-more',
  'import-1',
  'me@example.com',
  'Your code is {####}',
  'Press {##here##}',
  'terms-of-use',
  'cognito:german',
  'eu-west-1',
  'https://example.com',
  'arn:aws:lambda:eu-west-1:000000000000:function:name',
  'arn:aws:s3:::bucket',
  'cafe0123',
  '12345678-1234-4234-8234-123456789012',
  'Grüße, 世界 😀',
  'openid',
  'ClientSecretOfThirtyTwoLetters99',
  '',
]

function textOf({ min = 0, max = 131_072, pattern }: Constraint): Arbitrary<string> {
  const expression = new RegExp(`^(?:${pattern?.replace('(?s).*', '[^]*') ?? '[^]*'})$`, 'u')
  const fitting = texts.filter((text) => text.length >= min && text.length <= max && expression.test(text))
  if (fitting.length === 0) throw new Error(`no text fits ${pattern}`)
  return constantFrom(...fitting)
}

function oneOf(type: string, constraint: Constraint): Arbitrary<unknown> {
  if (Object.hasOwn(structures, type)) return contentOf(type)
  if (Object.hasOwn(enums, type)) return constantFrom(...enums[type]!)
  switch (type) {
    case 'integer':
      return integer({ min: constraint.min ?? 0, max: constraint.max ?? 1_000_000 })
    case 'boolean':
      return boolean()
    case 'timestamp':
      return integer({ min: 0, max: 2 ** 31 }).map((seconds) => seconds * 1000 + (seconds % 1000))
    case 'blob':
      return uint8Array({ maxLength: 40 })
    case 'json':
      return constantFrom<unknown>({}, { colour: 'ffffffff', nested: { on: true, width: 1.5, list: [null, 'é', {}] } })
    default:
      return textOf(constraint)
  }
}

function memberOf(structure: string, name: string, { type, many }: Member): Arbitrary<unknown> {
  const limits = constraints[`${structure}.${name}`] ?? constraints[name] ?? {}
  const size = { minLength: limits.min ?? 0, maxLength: Math.max(limits.min ?? 0, Math.min(limits.max ?? 3, 3)) }
  if (many === 'list') return array(oneOf(type, limits.each ?? {}), size)
  if (many === 'map')
    return dictionary(textOf(limits.keys ?? { min: 1 }), oneOf(type, limits.each ?? {}), {
      minKeys: size.minLength,
      maxKeys: 3,
    })
  return oneOf(type, limits)
}

/** Everything that a structure can hold: required members always, the others half the time. */
function contentOf(structure: string): Arbitrary<Record<string, unknown>> {
  const members = Object.entries(structures[structure]!)
  const requiredKeys = members.filter(([, member]) => member.required).map(([name]) => name)
  const model = Object.fromEntries(members.map(([name, member]) => [name, memberOf(structure, name, member)]))
  return record(model, { requiredKeys, noNullPrototype: true })
}

/** The SDK's Date for our milliseconds. */
function forSdk(type: string, value: unknown): unknown {
  if (type === 'timestamp') return new Date(value as number)
  if (!Object.hasOwn(structures, type)) return value
  const given = Object.entries(value as object).map(([name, member]) => {
    const { type: inner, many } = structures[type]![name]!
    if (many === 'list') return [name, (member as unknown[]).map((item) => forSdk(inner, item))]
    if (many === 'map')
      return [name, Object.fromEntries(Object.entries(member).map(([key, item]) => [key, forSdk(inner, item)]))]
    return [name, forSdk(inner, member)]
  })
  return Object.fromEntries(given)
}

interface Sent {
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** Sends a command through the SDK with `answer` in the place of the network. */
async function send(
  name: OperationName,
  input: unknown,
  answer: (sent: Sent) => Response,
): Promise<Record<string, unknown>> {
  const client = new sdk.CognitoIdentityProviderClient({
    region: 'eu-west-1',
    endpoint: 'http://localhost',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: Sent) => {
        const response = answer(request)
        const body = Readable.from([Buffer.from(await response.arrayBuffer())])
        return {
          response: new HttpResponse({
            statusCode: response.status,
            headers: Object.fromEntries(response.headers),
            body,
          }),
        }
      },
    },
  })
  const commands = sdk as unknown as Record<string, new (input: unknown) => never>
  const { $metadata, ...output } = (await client.send(new commands[`${name}Command`]!(input))) as unknown as Record<
    string,
    unknown
  >
  return output
}

const nothing = () => new Response('{}', { headers: { 'content-type': contentType } })

test.each(names)('%s: what the SDK writes is read as it was meant', async (name) => {
  const shape = operations[name].input
  for (const input of sample(contentOf(shape), { numRuns: 5, seed: 1 })) {
    const sent: Sent[] = []
    await send(name, forSdk(shape, input), (request) => {
      sent.push(request)
      return nothing()
    })
    expect(operationName(sent[0]!.headers['x-amz-target'])).toBe(name)
    expect(sent[0]!.headers['content-type']).toBe(contentType)
    expect(parseInput(name, new TextDecoder().decode(sent[0]!.body))).toEqual(input)
    expect(sent[0]!.headers.authorization !== undefined).toBe(operations[name].signed)
  }
})

test.each(names)('%s: what is written the SDK reads as it was meant', async (name) => {
  const { input, output: shape } = operations[name]
  const [asked] = sample(contentOf(input), { numRuns: 1, seed: 2 })
  const outputs = shape === null ? [{}] : sample(contentOf(shape), { numRuns: 5, seed: 3 })
  for (const output of outputs as Api[typeof name]['output'][]) {
    expect(checkOutput(name, output)).toEqual([])
    const body = replyBody(name, output, true)
    const read = await send(
      name,
      forSdk(input, asked),
      () => new Response(body, { headers: { 'content-type': contentType } }),
    )
    expect(read).toEqual(shape === null ? {} : forSdk(shape, output))
  }
})

test.each(names)('%s: one wrong value never gets past the door unrefused or as anything but a refusal', (name) => {
  const wrong = constantFrom<unknown>(0, -1, 0.5, '', 'x'.repeat(200_000), '\u0007', true, null, [], {}, [null], [[]], {
    a: {},
  })
  const inputs = contentOf(operations[name].input)
  const mutated = gen().map((draw) => {
    const input = draw(() => inputs)
    // Walks down at random and puts something else where it stops.
    let at: Record<string, unknown> = input
    for (;;) {
      const key = draw(() => constantFrom(...(Object.keys(at).length > 0 ? Object.keys(at) : ['Unknown'])))
      const next = at[key]
      if (typeof next === 'object' && next !== null && draw(boolean)) at = next as Record<string, unknown>
      else {
        at[key] = draw(() => wrong)
        return input
      }
    }
  })
  for (const input of sample(mutated, { numRuns: 20, seed: 4 }))
    try {
      const text = JSON.stringify(input)
      const again = JSON.stringify(parseInput(name, text))
      expect(JSON.stringify(parseInput(name, again))).toBe(again)
    } catch (error) {
      if (!(error instanceof PoolError)) throw error
      expect(['Serialization', 'InvalidParameter', 'TooLarge']).toContain(error.code)
    }
})

test.each([
  'NotAuthorized',
  'InvalidParameter',
  'UserNotFound',
  'Serialization',
  'UnknownOperation',
  'TooManyRequests',
  'Internal',
] as const)('the SDK reads the failure %s', async (code) => {
  const error = new PoolError(code, 'Größe "5" \\ 10')
  const call = send('GetUser', { AccessToken: 'token' }, () => failure(error))
  await expect(call).rejects.toMatchObject({
    name: error.failure.aws,
    message: error.message,
    $metadata: { httpStatusCode: error.failure.status },
  })
})
