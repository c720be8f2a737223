// Builds the package `poolhouse` as it is published, in packages/server/dist: Node strips no types in node_modules, and a
// server of a few files is ready in half the time of one of several hundred. `npm run build`, then `npm pack` there.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** What is built into our own files: small parts that are loaded at every start. The rest stays a dependency. */
const inside = ['@poolhouse/api', 'hono', '@hono/node-server', 'kysely', 'commander', 'lru-cache']

/** Files that are read or started by name, beside the code that names them. */
const beside = [
  'directory/passwords/hash-thread.mjs',
  'languages/catalogues',
  'pages/parts/style.css',
  'pages/parts/page.js',
  'pages/parts/passkey.js',
  'pages/parts/icon.svg',
]

const root = fileURLToPath(new URL('..', import.meta.url))
const server = join(root, 'packages', 'server')

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/** Builds the package into an empty folder. */
export async function build(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(server, 'package.json'), 'utf8')) as Manifest
  const outside = Object.entries(manifest.dependencies).filter(([name]) => !inside.includes(name))
  await bundle(
    join(folder, 'lib'),
    outside.map(([name]) => name),
  )
  for (const file of beside) cpSync(join(server, 'src', file), join(folder, 'lib', basename(file)), { recursive: true })
  const command = readFileSync(join(server, 'bin', 'poolhouse.mjs'), 'utf8')
  writeFileSync(join(folder, 'bin', 'poolhouse.mjs'), command.replace("'../src/main.ts'", "'../lib/main.js'"), {
    mode: 0o755,
  })
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(outside) }, null, 2)}\n`,
  )
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(folder, file))
  writeFileSync(join(folder, 'LICENSES-OF-PARTS.txt'), licenses())
}

async function bundle(folder: string, outside: readonly string[]): Promise<void> {
  const bundled = await rolldown({
    input: { main: join(server, 'src', 'main.ts'), host: join(server, 'src', 'world', 'functions', 'host.ts') },
    platform: 'node',
    external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)),
  })
  await bundled.write({ dir: folder, format: 'esm', chunkFileNames: '[name]-[hash].js' })
  await bundled.close()
}

/** The licences of the parts that are built in, as they ask. */
function licenses(): string {
  const parts = inside
    .filter((name) => !name.startsWith('@poolhouse/'))
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found))
      if (file === undefined || !existsSync(join(folder, file))) throw new Error(`${name} has no licence file`)
      return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
  return parts.join('\n---\n\n')
}

if (import.meta.main) {
  const folder = join(server, 'dist')
  await build(folder)
  console.log(`Built ${folder}`)
}
