import { createRequire } from 'node:module'
import type { Element, Node } from '@xmldom/xmldom'
import { PoolError } from '../../errors.ts'
import { cleanDeclarations, cleanSheet } from './css.ts'

/** Loaded with the first picture: few servers ever see one. */
const load = createRequire(import.meta.url)

const svgNamespace = 'http://www.w3.org/2000/svg'
const linkNamespace = 'http://www.w3.org/1999/xlink'

/** Elements that draw, group or describe. What runs, loads, embeds, links or animates is not among them. */
const elements = new Set([
  'svg', 'g', 'defs', 'symbol', 'use', 'title', 'desc', 'style', 'path', 'rect', 'circle', 'ellipse', 'line', 'polyline',
  'polygon', 'text', 'tspan', 'linearGradient', 'radialGradient', 'stop', 'clipPath', 'mask', 'pattern', 'marker',
  'filter', 'feBlend', 'feColorMatrix', 'feComponentTransfer', 'feComposite', 'feDropShadow', 'feFlood', 'feFuncA',
  'feFuncB', 'feFuncG', 'feFuncR', 'feGaussianBlur', 'feMerge', 'feMergeNode', 'feMorphology', 'feOffset',
]) // biome-ignore format: a table

/** What is set by an attribute or by a style alike. */
const presentation = new Set([
  'clip-path', 'clip-rule', 'color', 'color-interpolation', 'color-interpolation-filters', 'display', 'dominant-baseline',
  'fill', 'fill-opacity', 'fill-rule', 'filter', 'flood-color', 'flood-opacity', 'font-family', 'font-size', 'font-style',
  'font-weight', 'isolation', 'letter-spacing', 'marker-end', 'marker-mid', 'marker-start', 'mask', 'mask-type',
  'mix-blend-mode', 'opacity', 'overflow', 'paint-order', 'shape-rendering', 'stop-color', 'stop-opacity', 'stroke',
  'stroke-dasharray', 'stroke-dashoffset', 'stroke-linecap', 'stroke-linejoin', 'stroke-miterlimit', 'stroke-opacity',
  'stroke-width', 'text-anchor', 'text-rendering', 'transform', 'vector-effect', 'visibility',
]) // biome-ignore format: a table

const attributes = new Set([
  ...presentation, 'amplitude', 'class', 'clipPathUnits', 'cx', 'cy', 'd', 'dx', 'dy', 'exponent', 'filterUnits', 'fr',
  'fx', 'fy', 'gradientTransform', 'gradientUnits', 'height', 'id', 'in', 'in2', 'intercept', 'k1', 'k2', 'k3', 'k4',
  'lengthAdjust', 'markerHeight', 'markerUnits', 'markerWidth', 'maskContentUnits', 'maskUnits', 'mode', 'offset',
  'operator', 'orient', 'pathLength', 'patternContentUnits', 'patternTransform', 'patternUnits', 'points',
  'preserveAspectRatio', 'primitiveUnits', 'r', 'radius', 'refX', 'refY', 'result', 'rotate', 'rx', 'ry', 'slope',
  'spreadMethod', 'stdDeviation', 'tableValues', 'textLength', 'type', 'values', 'viewBox', 'width', 'x', 'x1', 'x2', 'y',
  'y1', 'y2',
]) // biome-ignore format: a table

/** More than any drawing has that a person looks at; what they cost to read is a second at most. */
const mostTags = 20_000
const mostAttributes = 60_000
const mostStyle = 100_000
const deepest = 64

/** Styles that were cleaned in this drawing already: programs write the same one again and again. */
interface Styles {
  readonly clean: Map<string, string>
  /** How many characters may still be read. */
  left: number
}

/**
 * A drawing with nothing in it but what draws, written anew from what was understood. Scripts, handlers, links, embedded
 * documents, animations, comments and what drawing programs add are left out. Throws InvalidParameter for what is no SVG.
 */
export function cleanSvg(text: string): string {
  // Counted before anything is built from it.
  if (text.split('<', mostTags + 1).length > mostTags) throw notSvg('has too many elements')
  if (text.split('=', mostAttributes + 1).length > mostAttributes) throw notSvg('has too many attributes')
  if (/<!ENTITY/i.test(text)) throw notSvg('declares entities')
  const root = parseXml(text)
  if (root?.localName !== 'svg' || root.namespaceURI !== svgNamespace) throw notSvg('is not an SVG document')
  return writeElement(root, 0, { clean: new Map(), left: mostStyle })
}

function parseXml(text: string): Element | null {
  const onError = (level: string, message: unknown) => {
    if (level !== 'warning') throw new Error(String(message))
  }
  try {
    const { DOMParser } = load('@xmldom/xmldom') as typeof import('@xmldom/xmldom')
    return new DOMParser({ onError }).parseFromString(text, 'text/xml').documentElement
  } catch (error) {
    throw notSvg('is not well-formed XML', error)
  }
}

function notSvg(why: string, cause?: unknown): PoolError {
  return new PoolError('InvalidParameter', `An image of the type SVG ${why}.`, cause)
}

function writeElement(element: Element, depth: number, styles: Styles): string {
  const { localName, namespaceURI } = element
  if (depth > deepest) throw notSvg('is nested too deeply')
  if (localName === null || namespaceURI !== svgNamespace || !elements.has(localName)) return ''
  const names = Array.from(element.attributes).flatMap(({ name, localName, namespaceURI, value }) => {
    const written = writeAttribute(namespaceURI, localName ?? name, value, styles)
    return written === undefined ? [] : [` ${written[0]}="${escaped(written[1])}"`]
  })
  const space = depth === 0 ? ` xmlns="${svgNamespace}"` : ''
  const content = localName === 'style' ? escaped(styleOf(element, styles)) : contentOf(element, depth, styles)
  return `<${localName}${space}${names.join('')}>${content}</${localName}>`
}

function contentOf(element: Element, depth: number, styles: Styles): string {
  const parts: string[] = []
  for (let node: Node | null = element.firstChild; node; node = node.nextSibling) {
    if (isElement(node)) parts.push(writeElement(node, depth + 1, styles))
    else if (isText(node)) parts.push(escaped(node.nodeValue ?? ''))
  }
  return parts.join('')
}

function styleOf(element: Element, styles: Styles): string {
  const isSimple = (selector: string) => (/^[.#]?[\w-]+$/.test(selector) ? selector : undefined)
  const property = (name: string) => presentation.has(name)
  const allowed = { selector: isSimple, property, fragments: true }
  return once(styles, 'sheet', element.textContent ?? '', (text) => cleanSheet(text, allowed, false))
}

function writeAttribute(
  namespace: string | null,
  name: string,
  value: string,
  styles: Styles,
): readonly [name: string, value: string] | undefined {
  // A link leads inside the drawing, or nowhere.
  if (name === 'href' && (!namespace || namespace === linkNamespace))
    return /^#[\w.-]+$/.test(value) ? ['href', value] : undefined
  if (namespace) return undefined
  if (name === 'style') {
    const allowed = { property: (one: string) => presentation.has(one), fragments: true }
    const style = once(styles, 'list', value, (text) => cleanDeclarations(text, allowed))
    return style === '' ? undefined : ['style', style]
  }
  return attributes.has(name) && isPlain(value) ? [name, value] : undefined
}

function once(styles: Styles, kind: 'sheet' | 'list', text: string, clean: (text: string) => string): string {
  const key = `${kind} ${text}`
  const known = styles.clean.get(key)
  if (known !== undefined) return known
  styles.left -= text.length
  if (styles.left < 0) throw notSvg('has too many styles')
  const made = clean(text)
  styles.clean.set(key, made)
  return made
}

/** Numbers, words and lists of them, and functions of these; an address only inside the drawing. */
function isPlain(value: string): boolean {
  const rest = value.replaceAll(/url\(\s*(['"]?)#[\w.-]+\1\s*\)/g, '')
  return /^[\w\s#%.,()'"+-]*$/.test(rest) && !/url|expression|image/i.test(rest)
}

/** What XML gives a meaning to. A carriage return or the like would be read as something else. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1
}

function isText(node: Node): boolean {
  return node.nodeType === 3 || node.nodeType === 4
}
