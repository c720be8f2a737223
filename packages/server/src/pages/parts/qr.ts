import { html } from 'hono/html'
import { encode } from 'uqr'
import type { Html } from './layout.ts'

/**
 * A QR code as a picture in the page itself: dark on white in every colour scheme, with the quiet zone of four modules
 * that readers need (ISO/IEC 18004).
 */
export function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const path = data.map(runsOf).join('')
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path fill="#ffffff" d="M0 0h${size}v${size}H0z"/><path stroke="#000000" d="${path}"/></svg>`
}

/** The dark runs of a row as strokes, each from the end of the one before: boxes would be twice as long as the rest of the page. */
function runsOf(row: readonly boolean[], y: number): string {
  const text = row.map((dark) => (dark ? '1' : '0')).join('')
  let end: number | undefined
  return [...text.matchAll(/1+/g)]
    .map(({ 0: { length }, index }) => {
      const move = end === undefined ? `M${index} ${y}.5` : `m${index - end} 0`
      end = index + length
      return `${move}h${length}`
    })
    .join('')
}
