import { deflateSync } from 'node:zlib'
import type { AssetType } from '@poolhouse/api'

/** A PNG of one colour, `rgb` as six hex digits. */
export function png(width: number, height: number, rgb: string): Uint8Array {
  const pixels = Buffer.from(rgb, 'hex')
  const row = Buffer.concat([Buffer.alloc(1), ...Array.from({ length: width }, () => pixels)])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const content = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      chunk('IHDR', header),
      chunk('IDAT', content),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

function chunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(bytes: Buffer): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}

/** Text as bytes. */
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'))

const wordmark = (ink: string) =>
  bytes(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 48" width="220" height="48">
<defs><linearGradient id="sun" x1="0" x2="1"><stop offset="0" stop-color="#f59e0b"/><stop offset="1" stop-color="#ef4444"/></linearGradient></defs>
<circle cx="24" cy="24" r="18" fill="url(#sun)"/><path d="M24 2v8M24 38v8M2 24h8M38 24h8" stroke="#f59e0b" stroke-width="3"/>
<text x="56" y="33" font-family="Georgia, serif" font-size="28" font-weight="700" fill="${ink}">Solstice</text></svg>`)

const hills = (sky: string, far: string, near: string) =>
  bytes(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" preserveAspectRatio="xMidYMid slice">
<rect width="800" height="600" fill="${sky}"/><path d="M0 420q200-140 400-40t400-60v280H0z" fill="${far}"/><path d="M0 500q240-80 420-20t380-50v170H0z" fill="${near}"/></svg>`)

/** Images of a brand that exists in tests only. */
// biome-ignore format: a table
export const brandAssets: AssetType[] = [
  { Category: 'FORM_LOGO',        ColorMode: 'LIGHT',   Extension: 'SVG', Bytes: wordmark('#3b2a1a') },
  { Category: 'FORM_LOGO',        ColorMode: 'DARK',    Extension: 'SVG', Bytes: wordmark('#fdf3e3') },
  { Category: 'PAGE_HEADER_LOGO', ColorMode: 'DYNAMIC', Extension: 'PNG', Bytes: png(96, 24, 'ef4444') },
  { Category: 'PAGE_FOOTER_LOGO', ColorMode: 'DYNAMIC', Extension: 'PNG', Bytes: png(64, 16, 'f59e0b') },
  { Category: 'PAGE_BACKGROUND',  ColorMode: 'LIGHT',   Extension: 'SVG', Bytes: hills('#fde8c8', '#f7c98b', '#e9a95c') },
  { Category: 'PAGE_BACKGROUND',  ColorMode: 'DARK',    Extension: 'SVG', Bytes: hills('#1d1420', '#2b1c2c', '#3a2430') },
  { Category: 'FAVICON_SVG',      ColorMode: 'DYNAMIC', Extension: 'SVG', Bytes: bytes('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#f59e0b"/></svg>') },
  { Category: 'PASSKEY_GRAPHIC',  ColorMode: 'DYNAMIC', Extension: 'SVG', Bytes: bytes('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 2 22 20H2z" fill="#ef4444"/></svg>') },
]

const button = (background: string, text: string, border = background) => ({
  backgroundColor: background,
  textColor: text,
  ...(border !== background && { borderColor: border }),
})

/** Settings of a brand that exists in tests only; its colours keep WCAG AA. */
export const brandSettings = {
  categories: {
    form: { location: { horizontal: 'END', vertical: 'CENTER' }, displayGraphics: true },
    global: {
      colorSchemeMode: 'DYNAMIC',
      pageHeader: { enabled: true },
      pageFooter: { enabled: true },
      spacingDensity: 'COMPACT',
    },
  },
  componentClasses: {
    buttons: { borderRadius: 24 },
    input: {
      borderRadius: 4,
      lightMode: { defaults: { backgroundColor: 'fffaf2ff', borderColor: '8a6f52ff' } },
      darkMode: { defaults: { backgroundColor: '1d1420ff', borderColor: 'a58c78ff' } },
    },
    focusState: { lightMode: { borderColor: '9a3412ff' }, darkMode: { borderColor: 'fbbf24ff' } },
    link: {
      lightMode: { defaults: { textColor: '9a3412ff' }, hover: { textColor: '7c2d12ff' } },
      darkMode: { defaults: { textColor: 'fbbf24ff' }, hover: { textColor: 'fde68aff' } },
    },
    inputLabel: { lightMode: { textColor: '3b2a1aff' }, darkMode: { textColor: 'fdf3e3ff' } },
    inputDescription: { lightMode: { textColor: '6b5138ff' }, darkMode: { textColor: 'd6c3b0ff' } },
    divider: { lightMode: { borderColor: 'ecd9bfff' }, darkMode: { borderColor: '4a3440ff' } },
  },
  components: {
    form: {
      borderRadius: 4,
      lightMode: { backgroundColor: 'fffdf9ff', borderColor: 'ecd9bfff' },
      darkMode: { backgroundColor: '261a29ff', borderColor: '4a3440ff' },
      logo: { enabled: true, formInclusion: 'IN', location: 'CENTER', position: 'TOP' },
    },
    idpButton: {
      standard: {
        lightMode: {
          defaults: button('fffdf9ff', '3b2a1aff', '8a6f52ff'),
          hover: button('fff4e2ff', '3b2a1aff', 'b45309ff'),
        },
        darkMode: {
          defaults: button('1d1420ff', 'fdf3e3ff', 'a58c78ff'),
          hover: button('2e2032ff', 'fdf3e3ff', 'fbbf24ff'),
        },
      },
    },
    pageBackground: {
      image: { enabled: true },
      lightMode: { color: 'fde8c8ff' },
      darkMode: { color: '1d1420ff' },
    },
    pageHeader: {
      lightMode: { background: { color: 'fffdf9ff' }, borderColor: 'ecd9bfff' },
      darkMode: { background: { color: '261a29ff' }, borderColor: '4a3440ff' },
      logo: { enabled: true, location: 'START' },
    },
    pageFooter: {
      lightMode: { background: { color: 'fffdf9ff' }, borderColor: 'ecd9bfff' },
      darkMode: { background: { color: '261a29ff' }, borderColor: '4a3440ff' },
      logo: { enabled: true, location: 'CENTER' },
    },
    pageText: {
      lightMode: { bodyColor: '3b2a1aff', descriptionColor: '6b5138ff', headingColor: '7c2d12ff' },
      darkMode: { bodyColor: 'fdf3e3ff', descriptionColor: 'd6c3b0ff', headingColor: 'fde68aff' },
    },
    primaryButton: {
      lightMode: {
        defaults: button('b45309ff', 'ffffffff'),
        hover: button('92400eff', 'ffffffff'),
        active: button('7c2d12ff', 'ffffffff'),
      },
      darkMode: {
        defaults: button('fbbf24ff', '3b2a1aff'),
        hover: button('fde68aff', '3b2a1aff'),
        active: button('fde68aff', '3b2a1aff'),
      },
    },
    secondaryButton: {
      lightMode: { defaults: button('fffdf9ff', '9a3412ff', '8a6f52ff') },
      darkMode: { defaults: button('261a29ff', 'fbbf24ff', 'a58c78ff') },
    },
  },
}

/** A classic style sheet as AWS's console hands it out, with colours that keep WCAG AA. */
export const classicCss = `.logo-customizable { max-width: 60%; max-height: 30%; }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
.label-customizable { font-weight: 400; }
.textDescription-customizable { padding-top: 10px; padding-bottom: 10px; display: block; font-size: 16px; }
.submitButton-customizable { font-size: 14px; font-weight: bold; margin: 20px 0px 10px 0px; height: 40px; width: 100%; color: #fff; background-color: #663399; }
.submitButton-customizable:hover { color: #fff; background-color: #4b2570; }
.errorMessage-customizable { padding: 5px; font-size: 14px; width: 100%; background: #F5F5F5; border: 2px solid #b3261e; color: #b3261e; }
.inputField-customizable { width: 100%; height: 34px; color: #333; background-color: #fff; border: 1px solid #767676; }
.inputField-customizable:focus { border-color: #663399; outline: 0; }
.redirect-customizable { text-align: center; }
.background-customizable { background-color: #faf8ff; }
`
