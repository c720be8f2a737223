// Holds the packages to layer-rules.ts and writes docs/layers.txt, the map of what imports what.
// With --check nothing is written: it fails if the map would change.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contract, filesPerFolder, packages, rooms, sharedDependencies } from './layer-rules.ts'
import { type Import, readImports } from './read-imports.ts'

/** What was found wrong, a sentence each, and the map. */
export interface Layers {
  readonly problems: readonly string[]
  readonly map: string
}

interface Source {
  /** Path below the package's src, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const reasonsFile = 'docs/adr/0016-dependencies.md'

/** A file of the server and the room it is in. */
interface Place {
  readonly path: string
  readonly room: string
}

/** What is gathered on the way: faults, who imports what, and the files that import each dependency of the server. */
interface Findings {
  readonly problems: string[]
  readonly edges: Map<string, Set<string>>
  readonly users: Map<string, Place[]>
}

/** Reads packages/{name}/src below a root and checks every rule. */
export function checkLayers(root: string): Layers {
  const users = new Map<string, Place[]>(dependenciesOf(root, 'server').map((name) => [name, []]))
  const findings: Findings = { problems: [], edges: new Map(), users }
  for (const name of Object.keys(packages)) checkPackage(root, name, findings)
  checkServer(root, findings)
  return { problems: findings.problems, map: draw(findings.edges) }
}

function checkPackage(root: string, name: string, { problems, edges }: Findings): void {
  const { may, types } = packages[name]!
  const dependencies = dependenciesOf(root, name)
  if (dependencies.length > 0) {
    problems.push(`packages/${name}/package.json: ${name} has no dependencies, but names ${dependencies.join(', ')}`)
  }
  const imported = new Set<string>()
  for (const { path, imports } of sourcesOf(root, name)) {
    for (const { specifier, line, typesOnly } of imports) {
      const where = `packages/${name}/src/${path}:${line}`
      if (specifier === undefined) problems.push(`${where}: an import() that is not a plain string cannot be checked`)
      else if (specifier.startsWith('.')) {
        const outside = posix.join(posix.dirname(path), specifier).startsWith('..')
        if (outside) problems.push(`${where}: ${specifier} is outside packages/${name}/src`)
      } else {
        const allowed = may.some((prefix) => specifier.startsWith(prefix)) || (typesOnly && types[path] === specifier)
        if (!allowed) problems.push(`${where}: ${name} stands alone and may not import ${specifier}`)
        imported.add(typesOnly ? `${specifier} (types)` : specifier)
      }
    }
  }
  edges.set(`packages/${name}`, imported)
}

function checkServer(root: string, findings: Findings): void {
  const { problems, edges, users } = findings
  const sources = sourcesOf(root, 'server')
  for (const { path, imports } of sources) {
    const room = roomOf(path)
    if (room === undefined) {
      problems.push(`packages/server/src/${path}: no room of that name; tools/layer-rules.ts names the rooms`)
    } else {
      for (const one of imports) checkImport({ path, room }, one, findings)
    }
  }
  checkFolders(sources, problems)
  const reasons = readFileSync(join(root, reasonsFile), 'utf8')
  for (const [name, places] of users) {
    checkUsers(name, places, problems)
    if (!reasons.includes(`| \`${name}\` |`)) problems.push(`${reasonsFile}: no line says why ${name} is there`)
  }
  edges.set('packages/server', new Set(users.keys()))
}

function checkImport(place: Place, { specifier, line, typesOnly }: Import, { problems, edges, users }: Findings): void {
  const { path, room } = place
  const where = `packages/server/src/${path}:${line}`
  if (specifier === undefined) {
    // An operator's functions are found at run time, by world/ alone.
    if (room !== 'world') problems.push(`${where}: an import() that is not a plain string cannot be checked`)
    return
  }
  if (specifier.startsWith('node:')) return
  if (isTest(specifier)) problems.push(`${where}: ${specifier} is for tests`)
  const name = specifier.startsWith('.') ? undefined : packageOf(specifier)
  if (name !== undefined) {
    const places = users.get(name)
    if (places === undefined) problems.push(`${where}: ${name} is not among the dependencies of packages/server`)
    else if (!places.some((known) => known.path === path)) places.push(place)
    if (name !== contract) return
  }
  const target = name ?? roomOf(posix.join(posix.dirname(path), specifier))
  if (target === undefined) problems.push(`${where}: ${specifier} is in no room of packages/server/src`)
  else if (target !== room) {
    const { may, types = [] } = rooms[room]!
    if (!may.includes(target) && !(typesOnly && types.includes(target))) {
      problems.push(`${where}: ${room} may not import ${target}${types.includes(target) ? ' but its types' : ''}`)
    }
    note(edges, `packages/server/src/${room}`, target)
  }
}

function checkFolders(sources: readonly Source[], problems: string[]): void {
  const folders = Map.groupBy(sources, ({ path }) => (path.includes('/') ? posix.dirname(path) : path))
  for (const [folder, files] of folders) {
    const where = `packages/server/src/${folder}`
    if (files.length > filesPerFolder) {
      problems.push(`${where}: ${files.length} files, at most ${filesPerFolder}; cut the room in two`)
    }
    if (!files.some(({ text }) => /^(#!.*\n)?\/\/ /.test(text))) {
      problems.push(`${where}: no file opens with a comment of what lives here and what must not`)
    }
  }
}

function checkUsers(name: string, files: readonly Place[], problems: string[]): void {
  const shared = sharedDependencies[name]
  if (files.length === 0) problems.push(`packages/server/package.json: ${name} is imported by no file`)
  if (shared === undefined && files.length > 1) {
    problems.push(`${name} is imported by ${files.map(({ path }) => path).join(', ')}; one file imports a dependency`)
  }
  for (const { path, room } of files) {
    if (shared !== undefined && !shared.rooms.includes(room)) {
      problems.push(
        `packages/server/src/${path}: ${name} is imported in ${shared.rooms.join(', ')} only: ${shared.why}`,
      )
    }
  }
}

function sourcesOf(root: string, name: string): Source[] {
  const folder = join(root, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split('\\').join('/'))
    .filter((path) => /\.m?[jt]s$/.test(path) && !isTest(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      return { path, text, imports: readImports(join(folder, path), text) }
    })
}

/** `x.test.ts` has tests, `test.ts` what the tests of its room stand on. */
function isTest(path: string): boolean {
  return /(^|[./])test\.ts$/.test(path)
}

function dependenciesOf(root: string, name: string): string[] {
  const { dependencies = {} }: { dependencies?: object } = JSON.parse(
    readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
  )
  return Object.keys(dependencies)
}

/** The most particular room that a path below src is in. */
function roomOf(path: string): string | undefined {
  const parts = path.split('/')
  return [parts.slice(0, 2).join('/'), parts[0]!].find((name) => name in rooms)
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function note(edges: Findings['edges'], from: string, to: string): void {
  edges.set(from, (edges.get(from) ?? new Set()).add(to))
}

function draw(edges: Findings['edges']): string {
  const order = Object.keys(rooms).map((room) => `packages/server/src/${room}`)
  const names = [...edges.keys()].sort(
    (left, right) => order.indexOf(left) - order.indexOf(right) || (left < right ? -1 : 1),
  )
  const width = Math.max(...names.map((name) => name.length))
  const lines = names.map((name) => `${name.padEnd(width)}  ${[...edges.get(name)!].sort().join(' ') || '(nothing)'}`)
  return `# Written by tools/check-layers.ts: what each package and each room of the server imports. Do not edit.\n${lines.join('\n')}\n`
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { problems, map } = checkLayers(root)
  const file = join(root, 'docs', 'layers.txt')
  const changed = !existsSync(file) || readFileSync(file, 'utf8') !== map
  for (const problem of problems) console.error(problem)
  if (changed && process.argv.includes('--check'))
    console.error('docs/layers.txt is not up to date. Run: npm run layers')
  else if (changed) {
    writeFileSync(file, map)
    console.log(`${relative(process.cwd(), file)} written`)
  }
  if (problems.length > 0)
    console.error(`\n${problems.length} imports or folders break the rules of tools/layer-rules.ts`)
  if (problems.length > 0 || (changed && process.argv.includes('--check'))) process.exitCode = 1
}
