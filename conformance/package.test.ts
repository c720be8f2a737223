import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { InitiateAuthCommand, SignUpCommand, UpdateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from '../tools/build.ts'
import { addClient, authorizeUrl, buildHouse } from './hosted.ts'
import { accessKey, sdkClient } from './server.ts'

// The package as it is published, run as its command is. What is built in must not be missed, and what is read or started by
// name must be where the build looks for it. It lies where its other dependencies are found.
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
let folder: string
let server: ChildProcess
let url: string

beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'package-'))
  await build(join(folder, 'poolhouse'))
  const functions = join(folder, 'functions')
  mkdirSync(functions)
  writeFileSync(
    join(functions, 'welcome.js'),
    'exports.handler = async (event) => ({ ...event, response: { ...event.response, autoConfirmUser: true } })',
  )
  const port = await freePort()
  url = `http://localhost:${port}`
  const command = [join(folder, 'poolhouse', 'bin', 'poolhouse.mjs'), 'dev', '--listen', `localhost:${port}`]
  server = spawn(process.execPath, [...command, '--functions', functions], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (server.stdout) await once(createInterface(server.stdout), 'line')
}, 120_000)

afterAll(async () => {
  if (server.exitCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true })
})

test('signs up through a function, signs in by password, and shows a page with its style', async () => {
  const api = sdkClient(url, accessKey)
  const house = await buildHouse({ url, api })
  const client = await addClient(house, { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] })
  const { id: ClientId } = client
  const PreSignUp = 'arn:aws:lambda:eu-west-1:000000000000:function:welcome'
  await api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, LambdaConfig: { PreSignUp } }))
  const Password = 'Correct-horse-1'
  const { UserConfirmed } = await api.send(new SignUpCommand({ ClientId, Username: 'grace', Password }))
  expect(UserConfirmed).toBe(true)
  const AuthParameters = { USERNAME: 'grace', PASSWORD: Password }
  const { AuthenticationResult } = await api.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
  )
  expect(AuthenticationResult?.AccessToken?.split('.')).toHaveLength(3)
  const page = await fetch(authorizeUrl(house, client), { headers: { accept: 'text/html', 'accept-language': 'de' } })
  const html = await page.text()
  expect(page.status).toBe(200)
  const [, style] = /<link rel="stylesheet" href="([^"]+)"/.exec(html) ?? []
  const sheet = await fetch(new URL(style ?? '', page.url))
  expect([sheet.status, sheet.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  api.destroy()
})

test('asks for no dependency that is built in, and keeps the licences of those', () => {
  const built = join(folder, 'poolhouse')
  const { dependencies, devDependencies, bin } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))
  expect(bin).toEqual({ poolhouse: './bin/poolhouse.mjs' })
  expect(devDependencies).toBeUndefined()
  expect(Object.keys(dependencies)).toContain('@node-rs/argon2')
  expect(Object.keys(dependencies)).not.toContain('@poolhouse/api')
  expect(readFileSync(join(built, 'LICENSES-OF-PARTS.txt'), 'utf8')).toContain('kysely\n')
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
