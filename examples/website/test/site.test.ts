import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SiteFiles } from '../api/files.ts'
import { readFiles } from '../api/files.ts'
import { listen } from '../api/listen.ts'
import { createSite } from '../api/site.ts'
import { buildFrontEnd } from '../demo/front-end.ts'

const config = {
  domain: 'http://localhost:9500/domains/demo',
  issuer: 'http://localhost:9500/local_demo',
  clientId: 'website',
}

describe('the site', () => {
  let files: SiteFiles
  beforeAll(async () => {
    files = await buildFrontEnd()
  })

  test('gives out the page and every file that it names', async () => {
    const site = createSite({ config, files })
    const page = await (await site.request('/')).text()
    const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
    expect(named.map((path) => path.replace(/.*\./, '')).sort()).toEqual(['css', 'js', 'svg', 'svg'])
    for (const path of named) {
      const response = await site.request(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toContain('immutable')
    }
  })

  test('has nothing inline, as its policy asks', async () => {
    const page = await (await createSite({ config, files }).request('/')).text()
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/)
  })

  test('tells the front end where its pool is', async () => {
    expect(await (await createSite({ config, files }).request('/config.json')).json()).toEqual(config)
  })

  test.each(['/', '/config.json', '/api/user', '/api/nothing', '/nothing'])('protects %s by headers', async (path) => {
    const { headers } = await createSite({ config, files }).request(path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'self' http://localhost:9500;")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('knows no other pages', async () => {
    const site = createSite({ config, files })
    for (const path of ['/nothing', '/../package.json', '/assets/', '/%2e%2e/package.json'])
      expect((await site.request(path)).status).toBe(404)
  })

  test('listens on a free port and stops', async () => {
    const { url, close } = await listen(createSite({ config, files }).fetch, 'localhost', 0)
    expect((await fetch(`${url}/config.json`)).status).toBe(200)
    close()
    await expect(fetch(`${url}/config.json`)).rejects.toThrow()
  })
})

test('says how to build a front end that is not built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'website-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await expect(readFiles(join(folder, 'dist'))).rejects.toThrow('npm run build')
})
