import {
  type Constraint,
  constraints,
  enums,
  type Member,
  type OperationName,
  operations,
  structures,
} from '@poolhouse/api'

/** At least one of these fits each text of the contract; the simplest come first. */
const texts = [
  'a',
  '123456',
  'eu-west-1_abc',
  'eyJ.token-value_of=20+',
  'a-text-of-twenty-characters-and-more',
  'import-1',
  'me@example.com',
  'terms-of-use',
  'cognito:german',
  'https://example.com',
  'arn:aws:lambda:eu-west-1:000000000000:function:name',
  'cafe0123',
  '12345678-1234-4234-8234-123456789012',
]

/** The smallest input that the contract takes for an operation; `known` gives members their value by name. */
export function minimalInput(name: OperationName, known: Readonly<Record<string, string>>): Record<string, unknown> {
  return contentOf(operations[name].input, known)
}

function contentOf(structure: string, known: Readonly<Record<string, string>>): Record<string, unknown> {
  const required = Object.entries(structures[structure] ?? {}).filter(([, member]) => member.required)
  return Object.fromEntries(
    required.map(([name, member]) => [name, known[name] ?? memberOf(structure, name, member, known)]),
  )
}

function memberOf(
  structure: string,
  name: string,
  { type, many }: Member,
  known: Readonly<Record<string, string>>,
): unknown {
  const limits = constraints[`${structure}.${name}`] ?? constraints[name] ?? {}
  if (many === 'map') return {}
  if (many === 'list') return limits.min ? [oneOf(type, limits.each ?? {}, known)] : []
  return oneOf(type, limits, known)
}

function oneOf(type: string, { min = 0, max = 131_072, pattern }: Constraint, known: Readonly<Record<string, string>>) {
  if (Object.hasOwn(structures, type)) return contentOf(type, known)
  if (Object.hasOwn(enums, type)) return enums[type]?.[0]
  switch (type) {
    case 'integer':
      return min
    case 'boolean':
      return false
    case 'timestamp':
      return new Date(0)
    case 'blob':
      return new Uint8Array()
    case 'json':
      return {}
  }
  const expression = new RegExp(`^(?:${pattern ?? '[^]*'})$`, 'u')
  const fitting = texts.find((text) => text.length >= min && text.length <= max && expression.test(text))
  if (fitting === undefined) throw new Error(`no text fits ${pattern}`)
  return fitting
}
