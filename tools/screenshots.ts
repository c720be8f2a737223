// Takes a picture of every hosted page: light and dark, on a screen and on a phone, into screenshots/ (ignored by git).
// Usage: npm run screenshots -- [words]; with words, only of the pages whose title holds one of them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '../conformance/chromium.ts'
import { addressOf, openTour, stops } from '../packages/server/test/tour.ts'

const folder = fileURLToPath(new URL('../screenshots/', import.meta.url))
const screen = { width: 800, height: 720 }
const phone = { width: 320, height: 640 }

// biome-ignore format: a table
const views = [
  { name: 'light',      viewport: screen, colorScheme: 'light' },
  { name: 'dark',       viewport: screen, colorScheme: 'dark' },
  { name: 'phone',      viewport: phone,  colorScheme: 'light' },
  { name: 'phone-dark', viewport: phone,  colorScheme: 'dark' },
] as const

const words = process.argv.slice(2)
const wanted = stops.filter(({ title }) => words.length === 0 || words.some((word) => title.includes(word)))
mkdirSync(folder, { recursive: true })
const tour = await openTour()
const browser = await launchChromium()
try {
  for (const stop of wanted) {
    const { title, shop, address, heading, reach } = stop
    const context = await browser.newContext({ viewport: screen, deviceScaleFactor: 2, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(addressOf(tour.shops[shop], address))
    await reach?.(page, tour)
    await page.waitForFunction(`document.querySelector('h1')?.textContent === ${JSON.stringify(heading)}`)
    const number = String(stops.indexOf(stop) + 1).padStart(2, '0')
    const file = `${number}-${title.replaceAll(/[^a-z]+/g, '-')}`
    for (const { name, viewport, colorScheme } of views) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(folder, `${file}-${name}.png`), fullPage: true })
    }
    await context.close()
    console.log(`${title}: ${views.length} pictures`)
  }
} finally {
  await browser.close()
  await tour.stop()
}
console.log(`${wanted.length * views.length} pictures in ${folder}`)
