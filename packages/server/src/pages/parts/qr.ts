import { html } from 'hono/html'
import { encode } from 'uqr'
import type { Html } from './layout.ts'

/**
 * A QR code as a picture in the page itself: dark on white in every colour scheme, with the quiet zone of four modules
 * that readers need (ISO/IEC 18004).
 */
export function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path fill="#ffffff" d="M0 0h${size}v${size}H0z"/><path fill="#000000" d="${path}"/></svg>`
}
