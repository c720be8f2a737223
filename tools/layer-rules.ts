// Which way imports go, as data. check-layers.ts holds the packages to it; docs/adr/ says why.

/** What a room of the server may import besides itself; `types` may be imported with `import type` only. */
export interface Room {
  readonly may: readonly string[]
  readonly types?: readonly string[]
}

/** The one package of ours that the server imports. */
export const contract = '@poolhouse/api'

const ground = ['store', 'world', 'languages', 'errors.ts', 'config.ts', contract]
const rules = ['sign-in', 'tokens', 'settings', 'directory']
const doors = ['cognito', 'oauth', 'pages']
const everything = ['cli', 'http', ...doors, 'web', ...rules, ...ground]

/** The rooms of packages/server/src, from the roof to the ground: no row names one above it. */
// biome-ignore format: a table
export const rooms: Readonly<Record<string, Room>> = {
  'main.ts':            { may: everything },
  cli:                  { may: everything },
  http:                 { may: [...doors, 'web', ...rules, ...ground] },
  cognito:              { may: ['cognito/operations', 'web', ...rules, ...ground] },
  'cognito/operations': { may: ['cognito', 'web', ...rules, ...ground] },
  oauth:                { may: ['web', ...rules, ...ground] },
  pages:                { may: ['web', ...rules, ...ground] },
  web:                  { may: ground },
  'sign-in':            { may: ['tokens', 'settings', 'directory', ...ground] },
  tokens:               { may: ['settings', 'directory', ...ground] },
  settings:             { may: ['directory', ...ground] },
  directory:            { may: ground },
  store:                { may: ['errors.ts'], types: [contract, 'world'] },
  world:                { may: ['errors.ts', 'config.ts', contract] },
  languages:            { may: [] },
  'errors.ts':          { may: [], types: [contract] },
  'config.ts':          { may: [], types: [contract] },
}

/** Files a folder of the server may hold, not counting tests: one idea, seen at a glance. */
export const filesPerFolder = 12

/** An npm dependency of the server is imported by one file; these by more, in these rooms, for this reason. */
export const sharedDependencies: Readonly<Record<string, { readonly rooms: readonly string[]; readonly why: string }>> =
  {
    [contract]: { rooms: Object.keys(rooms), why: 'the contract is the vocabulary of all' },
    hono: { rooms: ['http', 'web', ...doors], why: 'requests and responses are what doors are made of' },
    kysely: { rooms: ['store'], why: 'each record kind has its own file of queries' },
    '@xmldom/xmldom': { rooms: ['settings'], why: 'pictures and SAML documents are read by rules of their own' },
    'lru-cache': {
      rooms: ['store', 'world', 'tokens', 'sign-in', 'directory', 'http', ...doors],
      why: 'a bounded cache lives beside what it holds',
    },
  }

/** What the other packages may import. `node:` stands for every module of Node. */
// biome-ignore format: a table
export const packages: Readonly<Record<string, { readonly may: readonly string[]; readonly types: Readonly<Record<string, string>> }>> = {
  api:      { may: [],        types: {} },
  login:    { may: [],        types: {} },
  verifier: { may: ['node:'], types: { 'hono.ts': 'hono', 'express.ts': 'express' } },
}
