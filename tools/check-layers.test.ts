import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkLayers } from './check-layers.ts'
import { readImports } from './read-imports.ts'

const header = '// What lives here, and what must not.\n'

/** A small house in order. */
const house: Readonly<Record<string, string>> = {
  '../docs/adr/0016-dependencies.md': '| `@poolhouse/api` |\n| `hono` |\n| `pg` |\n',
  'api/package.json': '{}',
  'api/src/index.ts': "export * from './generated.ts'\n",
  'login/package.json': '{}',
  'login/src/index.ts': "export { login } from './engine.ts'\n",
  'verifier/package.json': '{}',
  'verifier/src/hono.ts': "import { verify } from 'node:crypto'\nimport type { Context } from 'hono'\n",
  'server/package.json': '{ "dependencies": { "@poolhouse/api": "1", "hono": "1", "pg": "1" } }',
  'server/src/main.ts': `${header}import { listen } from './http/server.ts'\n`,
  'server/src/http/server.ts': `${header}import { Hono } from 'hono'\nimport { token } from '../oauth/token.ts'\n`,
  'server/src/oauth/token.ts': `${header}import { issue } from '../tokens/issue.ts'\nimport { html } from 'hono/html'\n`,
  'server/src/pages/login.ts': `${header}import { answer } from '../sign-in/answer.ts'\n`,
  'server/src/cognito/operations.ts': `${header}import { SignUp } from './operations/SignUp.ts'\n`,
  'server/src/cognito/operations/SignUp.ts': `${header}import type { Handler } from '../handler.ts'\n`,
  'server/src/sign-in/answer.ts': `${header}import { issue } from '../tokens/issue.ts'\n`,
  'server/src/tokens/issue.ts': `${header}import { findGrant } from '../store/grants.ts'\n`,
  'server/src/directory/users.ts': `${header}import { PoolError } from '../errors.ts'\n`,
  'server/src/store/grants.ts': `${header}import pg from 'pg'\nimport type { UserType } from '@poolhouse/api'\n`,
  'server/src/errors.ts': `${header}import type { AwsErrorName } from '@poolhouse/api'\n`,
}

function problemsOf(changes: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'poolhouse-layers-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries({ ...house, ...changes })) {
    mkdirSync(dirname(join(root, 'packages', path)), { recursive: true })
    writeFileSync(join(root, 'packages', path), text)
  }
  return checkLayers(root).problems
}

test('a house in order has no problems', () => {
  expect(problemsOf({})).toEqual([])
})

const thirteen = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`server/src/tokens/part-${n}.ts`, header]))

// biome-ignore format: a table
const refused: readonly [title: string, changes: Readonly<Record<string, string>>, problem: string][] = [
  ['a door opens another door', { 'server/src/oauth/token.ts': `${header}import { page } from '../pages/login.ts'\nimport 'hono'\n` }, 'oauth may not import pages'],
  ['a door opens another door for a type', { 'server/src/oauth/logout.ts': "import type { Page } from '../pages/login.ts'\n" }, 'oauth may not import pages'],
  ['an operation opens another door', { 'server/src/cognito/operations/SignUp.ts': `${header}export * from '../../oauth/token.ts'\n` }, 'cognito/operations may not import oauth'],
  ['a rule knows a door', { 'server/src/tokens/x.ts': "export { token } from '../oauth/token.ts'\n" }, 'tokens may not import oauth'],
  ['a rule knows the Web', { 'server/src/sign-in/x.ts': "import { cookie } from '../web/cookies.ts'\n" }, 'sign-in may not import web'],
  ['rules in a circle', { 'server/src/tokens/x.ts': "const { answer } = await import('../sign-in/answer.ts')\n" }, 'tokens may not import sign-in'],
  ['settings know tokens', { 'server/src/settings/x.ts': `${header}import { issue } from '../tokens/issue.ts'\n` }, 'settings may not import tokens'],
  ['the directory imports a rule', { 'server/src/directory/x.ts': "type Issue = import('../tokens/issue.ts').Issue\n" }, 'directory may not import tokens'],
  ['the store looks up', { 'server/src/store/x.ts': "import { users } from '../directory/users.ts'\n" }, 'store may not import directory'],
  ['the store has the contract at run time', { 'server/src/store/x.ts': "import { operations } from '@poolhouse/api'\n" }, 'store may not import @poolhouse/api but its types'],
  ['the store has the world at run time', { 'server/src/store/x.ts': "import { real } from '../world/real.ts'\n" }, 'store may not import world but its types'],
  ['the world looks up', { 'server/src/world/x.ts': `${header}import { db } from '../store/db.ts'\n` }, 'world may not import store'],
  ['the errors look up', { 'server/src/errors.ts': `${header}import { settings } from './config.ts'\n` }, 'errors.ts may not import config.ts'],
  ['web knows a rule', { 'server/src/web/x.ts': `${header}import { answer } from '../sign-in/answer.ts'\n` }, 'web may not import sign-in'],
  ['http knows the command line', { 'server/src/http/x.ts': "import { dev } from '../cli/dev.ts'\n" }, 'http may not import cli'],
  ['a room without a name', { 'server/src/utils/x.ts': header }, 'no room of that name'],
  ['a way out of the package', { 'server/src/http/x.ts': "import { x } from '../../test/x.ts'\n" }, 'is in no room'],
  ['something for tests', { 'server/src/tokens/x.ts': "import { testWorld } from '../world/test.ts'\n" }, '../world/test.ts is for tests'],
  ['an import nobody can check', { 'server/src/http/x.ts': 'await import(name)\n' }, 'cannot be checked'],
  ['a dependency in two files', { 'server/src/store/x.ts': "import pg from 'pg'\n" }, 'pg is imported by store/grants.ts, store/x.ts'],
  ['a shared dependency in the wrong room', { 'server/src/tokens/x.ts': "import { Hono } from 'hono'\n" }, 'hono is imported in http, web, cognito, oauth, pages only'],
  ['a dependency that is not declared', { 'server/src/http/x.ts': "import express from 'express'\n" }, 'express is not among the dependencies'],
  ['a dependency that nobody uses', { 'server/package.json': '{ "dependencies": { "@poolhouse/api": "1", "hono": "1", "pg": "1", "left-pad": "1" } }', '../docs/adr/0016-dependencies.md': '| `@poolhouse/api` |\n| `hono` |\n| `pg` |\n| `left-pad` |\n' }, 'left-pad is imported by no file'],
  ['a dependency without a reason', { '../docs/adr/0016-dependencies.md': '| `@poolhouse/api` |\n| `hono` |\n' }, 'no line says why pg is there'],
  ['a room of thirteen files', thirteen, 'packages/server/src/tokens: 14 files, at most 12'],
  ['a room that does not say what it is', { 'server/src/pages/login.ts': 'export const page = 1\n' }, 'packages/server/src/pages: no file opens with a comment'],
  ['login with a dependency', { 'login/package.json': '{ "dependencies": { "jose": "1" } }' }, 'login has no dependencies, but names jose'],
  ['login with an import', { 'login/src/index.ts': "import { jwtVerify } from 'jose'\n" }, 'login stands alone and may not import jose'],
  ['login with Node', { 'login/src/index.ts': "import { createHash } from 'node:crypto'\n" }, 'login stands alone and may not import node:crypto'],
  ['login with something of ours', { 'login/src/index.ts': "import { verify } from '../../verifier/src/index.ts'\n" }, 'is outside packages/login/src'],
  ['the verifier with something of ours', { 'verifier/src/index.ts': "import type { UserType } from '@poolhouse/api'\n" }, 'verifier stands alone'],
  ['the verifier with Hono at run time', { 'verifier/src/hono.ts': "import { Hono } from 'hono'\n" }, 'verifier stands alone'],
  ['the verifier with Hono elsewhere', { 'verifier/src/index.ts': "import type { Context } from 'hono'\n" }, 'verifier stands alone'],
  ['the contract with an import', { 'api/src/index.ts': "import 'hono'\n" }, 'api stands alone'],
]

test.each(refused)('%s', (_title, changes, problem) => {
  expect(problemsOf(changes)).toEqual([expect.stringContaining(problem)])
})

test('every kind of import is seen, and nothing that only looks like one', () => {
  const source = `// import a from 'no'
import type { A } from 'one'
import { type B } from 'two'
import { type C, d } from 'three'
export type * from 'four'
const text = \`
import e from 'no'
\`
void import('five')
void import(text)
`
  expect(readImports('example.ts', source)).toEqual([
    { specifier: 'one', line: 2, typesOnly: true },
    { specifier: 'two', line: 3, typesOnly: true },
    { specifier: 'three', line: 4, typesOnly: false },
    { specifier: 'four', line: 5, typesOnly: true },
    { specifier: 'five', line: 9, typesOnly: false },
    { specifier: undefined, line: 10, typesOnly: false },
  ])
})
