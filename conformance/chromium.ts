import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** The Chromium of the browser suites; undefined where there is none, and they are skipped visibly. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  chromium.executablePath(),
].find((path) => path && existsSync(path))

if (!chromiumPath) console.warn('SKIPPED: no Chromium in CHROMIUM, /usr/bin/chromium or where Playwright keeps its own')

/** Switches that keep a browser from calling its maker. */
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** Starts the browser. */
export function launchChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error('There is no Chromium')
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', ...quiet] })
}
