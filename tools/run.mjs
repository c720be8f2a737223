// The one script that must run on a machine's own, older Node (>= 18): plain JavaScript, nothing imported but Node.
// It installs what is missing, then hands over to the Node 24 among the dependencies.
// Usage: node tools/run.mjs demo | test [vitest arguments] | bench [arguments] | screenshots [words of their names]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium, installChromium } from './chromium.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'
const node24 = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')

const commands = {
  demo: () => [join('examples', 'website', 'demo.ts')],
  bench: () => [join('bench', 'main.ts')],
  screenshots: () => [join('tools', 'screenshots.ts')],
  test: () => [
    join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    `--reporter=${join(root, 'tools', 'summary-reporter.ts')}`,
  ],
}

/** Ends the run with a sentence that says what to do. */
function stop(message) {
  console.error(`\n${message}`)
  process.exit(1)
}

/** PATH without this repository's own binaries: `npm ci` deletes them while it runs. */
function pathOutside() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules')))
    .join(delimiter)
}

/** Why `npm ci` is needed, or undefined: what was installed is compared with the lock file, not with its date. */
function missing() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return 'nothing is installed yet'
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(installed, 'utf8')).packages
  for (const [path, { version, link, optional }] of Object.entries(wanted)) {
    if (path === '' || (optional && !found[path])) continue
    if (!found[path] || (!link && found[path].version !== version))
      return `${path} is not what package-lock.json asks for`
  }
  return existsSync(node24) ? undefined : 'Node 24 is missing'
}

async function install() {
  const reason = missing()
  if (reason === undefined) return
  console.log(`Installing the dependencies with npm ci (${reason}); the first time takes a minute or two.`)
  // On a terminal npm shows its own progress; elsewhere it is silent until the end.
  const started = Date.now()
  const tell = () => console.log(`still installing, ${Math.round((Date.now() - started) / 1000)} s`)
  const ticking = process.stdout.isTTY ? undefined : setInterval(tell, 10_000)
  const env = { ...process.env, PATH: pathOutside() }
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit', shell: windows, env })
  npm.on('error', ({ message }) =>
    stop(`npm could not be started (${message}). Install Node.js with npm and try again.`),
  )
  const [status] = await once(npm, 'exit')
  clearInterval(ticking)
  if (status !== 0) stop('npm ci failed; its message is above. Is the registry reachable? Then run this again.')
  if (!existsSync(node24)) {
    stop('The package "node", which brings Node 24, was not set up.\nRun: npm ci --ignore-scripts=false')
  }
}

async function main() {
  const [name, ...rest] = process.argv.slice(2)
  if (!Object.hasOwn(commands, name ?? '')) stop(`Usage: node tools/run.mjs ${Object.keys(commands).join(' | ')}`)
  await install()
  const env = { ...process.env, PATH: [join(root, 'node_modules', '.bin'), pathOutside()].join(delimiter) }
  if (name === 'test' || name === 'screenshots') {
    const chromium = (await findChromium(root)) ?? (await installChromium(root))
    if (chromium.path === undefined) stop(chromium.advice)
    env.CHROMIUM = chromium.path
  }
  const [script, ...first] = commands[name]()
  if (!existsSync(join(root, script))) stop(`${script} is missing from this checkout.`)
  const child = spawn(node24, [script, ...first, ...rest], { cwd: root, stdio: 'inherit', env })
  // Ctrl-C reaches the child by itself (one process group); this process waits for it to end in its own way.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) =>
    stop(`${node24} could not be started: ${error.message}\nDelete node_modules and try again.`),
  )
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}

await main()
