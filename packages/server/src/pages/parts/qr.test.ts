import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrCode } from './qr.ts'

test('the strokes of a picture are the dark modules of its code, each once', async () => {
  const text = 'otpauth://totp/Sunny%20Shop:ada?secret=JBSWY3DPEHPK3PXP'
  const html = String(await qrCode(text, 'A "label"'))
  expect(html).toContain('role="img" aria-label="A &quot;label&quot;"')
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  let [x, y] = [0, 0]
  for (const [, column, line, gap, width] of html.matchAll(/(?:M(\d+) (\d+)\.5|m(\d+) 0)h(\d+)/g)) {
    if (column === undefined) x += Number(gap)
    else [x, y] = [Number(column), Number(line)]
    for (const end = x + Number(width); x < end; x++) {
      const row = dark[y] ?? []
      row[x] = (row[x] ?? 0) + 1
    }
  }
  expect(dark).toEqual(data.map((row) => row.map(Number)))
})
