import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundle } from './bundle.ts'

test('everything is at most 5 kB gzip', async () => {
  const code = await bundle(true)
  const bytes = gzipSync(code, { level: 9 }).length
  console.log(`@poolhouse/login: ${bytes} of 5120 bytes gzip (${code.length} minified)`)
  expect(bytes).toBeLessThanOrEqual(5120)
})

test('the bundle needs nothing else, and mentions localStorage nowhere', async () => {
  const code = await bundle(false)
  expect(code).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(/m)
  expect(code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')).not.toContain('localStorage')
})
