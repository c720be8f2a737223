import { html } from 'hono/html'
import type { Html } from '../parts/layout.ts'
import type { Look, Mark } from './look.ts'

/** Where a frame's files are. */
interface Place {
  readonly path: string
  readonly poolName: string
  readonly look?: Look | undefined
}

/** A picture in its light and its dark version. */
function picture({ path }: Place, { light, dark }: Mark, alt: string): Html {
  const image = html`<img class="logo" src="${path}/branding/${light}" alt="${alt}">`
  return dark === undefined
    ? image
    : html`<picture><source srcset="${path}/branding/${dark}" media="(prefers-color-scheme: dark)">${image}</picture>`
}

/** Whose pages these are: the brand's logo, or the pool's name with its first letter. */
export function brandMark(place: Place): Html {
  const { look, poolName } = place
  return look?.logo
    ? html`<p class="brand">${picture(place, look.logo, poolName)}</p>`
    : html`<p class="brand"><span class="tile" aria-hidden="true">${initial(poolName)}</span>${poolName}</p>`
}

/** The strip above everything, where the brand has one. */
export function pageHeader(place: Place): Html {
  const { look, poolName } = place
  return look?.header
    ? html`<header class="page-header">${look.header.logo ? picture(place, look.header.logo, poolName) : ''}</header>
`
    : html``
}

/** The strip below everything, where the brand has one; its picture only repeats. */
export function pageFooter(place: Place): Html {
  const { look } = place
  return look?.footer
    ? html`<footer class="page-footer">${look.footer.logo ? picture(place, look.footer.logo, '') : ''}</footer>
`
    : html``
}

/** The brand's icons of the browser's tab, light and dark. */
export function iconLinks({ path, look }: Place): Html | undefined {
  if (!look || look.icons.length === 0) return undefined
  return html`${look.icons.map(
    ({ light, dark, type }) =>
      html`<link rel="icon" href="${path}/branding/${light}" type="${type}"${dark ? html` media="(prefers-color-scheme: light)"` : ''}>
${dark ? html`<link rel="icon" href="${path}/branding/${dark}" type="${type}" media="(prefers-color-scheme: dark)">\n` : ''}`,
  )}`
}

function initial(name: string): string {
  const [first = ''] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim())
  return first === '' ? '' : first.segment.toUpperCase()
}
