// Where the browser of the tests is, and how it gets there. Plain JavaScript for Node >= 18, as run.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The Chromium of the variable CHROMIUM, of the system or of Playwright's cache; undefined where there is none. */
export async function findChromium(root) {
  const chosen = process.env.CHROMIUM
  if (chosen) {
    return existsSync(chosen) ? { path: chosen } : { advice: `CHROMIUM names ${chosen}, which does not exist.` }
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/snap/bin'].filter(Boolean)
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  candidates.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', playwrights(root))
  const path = candidates.find((candidate) => existsSync(candidate))
  return path === undefined ? undefined : { path }
}

/** Installs a Chromium: Debian's where this is Debian's root, else Playwright's in the user's own cache. */
export async function installChromium(root) {
  const debian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (debian) {
    console.log('Installing Chromium for the browser tests with apt-get.')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const updated = run('apt-get', ['update'], env)
    if (updated) run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], env)
  } else {
    console.log("Installing Chromium for the browser tests into Playwright's cache.")
    run(process.execPath, [join(root, 'node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium'], process.env)
  }
  const advice = debian
    ? 'Chromium could not be installed. Run: apt-get update && apt-get install -y chromium'
    : 'Chromium could not be installed. Install it with your package manager, or set CHROMIUM to its path.'
  return (await findChromium(root)) ?? { advice }
}

function run(command, args, env) {
  return spawnSync(command, args, { stdio: 'inherit', env }).status === 0
}

function playwrights(root) {
  return createRequire(join(root, 'package.json'))('playwright-core').chromium.executablePath()
}
