import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrCode } from './qr.ts'

test('the boxes of a picture are the dark modules of its code, each once', async () => {
  const text = 'otpauth://totp/Sunny%20Shop:ada?secret=JBSWY3DPEHPK3PXP'
  const html = String(await qrCode(text, 'A "label"'))
  expect(html).toContain('role="img" aria-label="A &quot;label&quot;"')
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  for (const [, x, y, width] of html.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let step = 0; step < Number(width); step++) {
      const row = dark[Number(y)] ?? []
      row[Number(x) + step] = (row[Number(x) + step] ?? 0) + 1
    }
  expect(dark).toEqual(data.map((row) => row.map(Number)))
})
