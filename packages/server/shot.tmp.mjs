import { chromium } from 'playwright-core'
import { spawn } from 'node:child_process'
const c = spawn(process.execPath, ['/work/main/packages/server/bin/poolhouse.mjs','dev','--listen','localhost:0'], { cwd: '/tmp/shot' })
let out=''; c.stdout.on('data', d => out += d); c.stderr.on('data', d => process.stderr.write(d))
let m; while (!(m = /Inbox +(\S+)\/inbox/.exec(out))) await new Promise(r => setTimeout(r, 50))
const url = m[1]
const op = (t, b) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSCognitoIdentityProviderService.' + t }, body: JSON.stringify(b) }).then(r => r.text())
console.log(await op('SignUp', { ClientId: 'web', Username: 'new@example.com', Password: 'Correct-horse-1' }))
console.log(await op('ForgotPassword', { ClientId: 'web', Username: 'ada@example.com' }))
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--headless','--disable-gpu','--disable-background-networking','--disable-component-update','--disable-sync','--no-first-run'] })
for (const colorScheme of ['light','dark']) {
  const p = await b.newPage({ colorScheme, viewport: { width: 800, height: 700 } })
  p.on('console', m => console.log('console', m.text())); p.on('pageerror', e => console.log('pageerror', e.message))
  await p.goto(url + '/inbox'); await p.waitForTimeout(500); await p.screenshot({ path: `/tmp/shot/${colorScheme}.png` })
  if (colorScheme === 'light') {
    await op('SignUp', { ClientId: 'web', Username: 'third@example.com', Password: 'Correct-horse-1' })
    await p.getByText('third@example.com').first().waitFor({ timeout: 10000 }); console.log('live update ok')
    await p.locator('.code').first().click(); console.log('selected', await p.evaluate(() => getSelection().toString()))
    await p.locator('details summary').first().click().catch(() => console.log('no html details')); await p.waitForTimeout(500); await p.screenshot({ path: '/tmp/shot/html.png' })
  } else { await p.getByRole('button', { name: 'Clear' }).click(); await p.getByText('No messages yet').waitFor({ timeout: 5000 }); console.log('clear ok') }
}
await b.close(); c.kill('SIGTERM')
