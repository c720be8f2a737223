import { existsSync, readFileSync } from 'node:fs'
import {
  type CreateGroupRequest,
  type CreateIdentityProviderRequest,
  type CreateResourceServerRequest,
  type CreateUserPoolClientRequest,
  type CreateUserPoolRequest,
  enums,
  structures,
} from '@poolhouse/api'
import { suggest, UsageError } from './usage-error.ts'
import { settingNames } from './values.ts'

/** A user pool as poolhouse.json declares it: what CreateUserPool takes, and these. */
export interface PoolEntry extends CreateUserPoolRequest {
  readonly Id: string
  readonly Domain?: string
  readonly IdentityProviders?: readonly ProviderEntry[]
  readonly Clients?: readonly ClientEntry[]
  readonly ResourceServers?: readonly Omit<CreateResourceServerRequest, 'UserPoolId'>[]
  readonly Groups?: readonly Omit<CreateGroupRequest, 'UserPoolId'>[]
  readonly Users?: readonly UserEntry[]
}

/** An app client: what CreateUserPoolClient takes, and its id. */
export interface ClientEntry extends Omit<CreateUserPoolClientRequest, 'UserPoolId'> {
  readonly ClientId: string
}

/** An identity provider: what CreateIdentityProvider takes. */
export type ProviderEntry = Omit<CreateIdentityProviderRequest, 'UserPoolId'>

/** A user: confirmed with its password, or invited when it has none. */
export interface UserEntry {
  readonly Username: string
  readonly Password?: string
  readonly UserAttributes?: readonly { readonly Name: string; readonly Value?: string }[]
  readonly Groups?: readonly string[]
}

/** What poolhouse.json says, checked for shape; values are checked when it is applied. */
export interface Document {
  readonly settings?: Readonly<Record<string, string>>
  /** Addresses of functions, by their names or whole ARNs. */
  readonly functions?: Readonly<Record<string, string>>
  readonly pools: readonly PoolEntry[]
}

/** The file of a name, or `poolhouse.json` of this folder when it exists; undefined when there is none. */
export function findDocument(file: string | undefined): { document: Document; file: string } | undefined {
  const path = file ?? 'poolhouse.json'
  if (file === undefined && !existsSync(path)) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The configuration file cannot be read: ${path}`, { cause: error })
  }
  return { document: readDocument(text, path), file: path }
}

/** Reads a document; a key that is not known is an error that names its line and the nearest known one. */
export function readDocument(text: string, file: string): Document {
  const fault = (path: string, what: string): UsageError => new UsageError(`${file}${lineOf(text, path)}: ${what}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  checkShape(value, shapes.Document, '', fault)
  return value as Document
}

interface Member {
  readonly shape: Shape | 'text' | 'unknown'
  readonly list?: boolean
}

/** What a key may hold: one of the API's structures, one of ours, a list of it, or `unknown`, which the API judges. */
interface Shape {
  readonly members: Readonly<Record<string, Member>>
  /** What any other key may hold; without it there is none. */
  readonly others?: Member
  readonly required?: readonly string[]
}

const ofApi = (name: string, without: readonly string[] = []): Shape => ({
  get members() {
    const entries = Object.entries(structures[name] ?? {}).filter(([member]) => !without.includes(member))
    return Object.fromEntries(
      entries.map(([member, { type, many }]) => {
        const isStructure = Object.hasOwn(structures, type) && !Object.hasOwn(enums, type) && many !== 'map'
        return [
          member,
          { shape: isStructure ? ofApi(type) : ('unknown' as const), list: isStructure && many === 'list' },
        ]
      }),
    )
  },
})

const extend = (base: Shape, members: Shape['members'], required: readonly string[]): Shape => ({
  members: { ...base.members, ...members },
  required,
})

const text = { shape: 'text' } as const
const user: Shape = {
  members: {
    Username: text,
    Password: text,
    UserAttributes: { shape: ofApi('AttributeType'), list: true },
    Groups: { shape: 'text', list: true },
  },
  required: ['Username'],
}
const client = extend(ofApi('CreateUserPoolClientRequest', ['UserPoolId']), { ClientId: text }, [
  'ClientId',
  'ClientName',
])
const provider = extend(ofApi('CreateIdentityProviderRequest', ['UserPoolId']), {}, [
  'ProviderName',
  'ProviderType',
  'ProviderDetails',
])
const group = extend(ofApi('CreateGroupRequest', ['UserPoolId']), {}, ['GroupName'])
const resourceServer = extend(ofApi('CreateResourceServerRequest', ['UserPoolId']), {}, ['Identifier', 'Name'])
const pool = extend(
  ofApi('CreateUserPoolRequest'),
  {
    Id: text,
    Domain: text,
    IdentityProviders: { shape: provider, list: true },
    Clients: { shape: client, list: true },
    ResourceServers: { shape: resourceServer, list: true },
    Groups: { shape: group, list: true },
    Users: { shape: user, list: true },
  },
  ['Id', 'PoolName'],
)
const shapes = {
  Document: {
    members: {
      $schema: text,
      settings: { shape: { members: Object.fromEntries(settingNames.map((name) => [name, text])) } },
      functions: { shape: { members: {}, others: text } },
      pools: { shape: pool, list: true },
    },
    required: ['pools'],
  } satisfies Shape,
}

function checkShape(
  value: unknown,
  shape: Shape,
  path: string,
  fault: (path: string, what: string) => UsageError,
): void {
  const at = path === '' ? 'The file' : path
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(path, `${at} must be an object`)
  for (const [key, member] of Object.entries(value)) {
    const here = path === '' ? key : `${path}.${key}`
    const known = Object.hasOwn(shape.members, key) ? shape.members[key] : shape.others
    if (!known) throw fault(here, `${here} is not known${suggest(key, Object.keys(shape.members))}`)
    if (known.list && !Array.isArray(member)) throw fault(here, `${here} must be a list`)
    const each: unknown[] = known.list && Array.isArray(member) ? member : [member]
    for (const [index, item] of each.entries()) {
      const place = known.list ? `${here}[${index}]` : here
      if (known.shape === 'unknown') continue
      if (known.shape !== 'text') checkShape(item, known.shape, place, fault)
      else if (typeof item !== 'string') throw fault(here, `${place} must be text`)
    }
  }
  for (const key of shape.required ?? []) if (!Object.hasOwn(value, key)) throw fault(path, `${at} has no ${key}`)
}

/** `:12`, the line of a path's last key when the file has it once; the path says the rest. */
function lineOf(text: string, path: string): string {
  const [before = '', after, ...more] = text.split(JSON.stringify(path.slice(path.lastIndexOf('.') + 1)))
  return after === undefined || more.length > 0 ? '' : `:${before.split('\n').length}`
}
