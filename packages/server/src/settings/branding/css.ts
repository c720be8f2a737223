import { createRequire } from 'node:module'
import type { CssNode, Declaration, Rule } from 'css-tree'
import { PoolError } from '../../errors.ts'

/** The grammar of CSS is loaded with the first style sheet: it would cost every start an eighth of a second. */
const load = createRequire(import.meta.url)
const library = () => load('css-tree') as typeof import('css-tree')

/** What may stand in a style sheet. */
export interface Allowed {
  /** The selector that stands for a given one (a single compound, as it was written), or undefined to drop its rule. */
  readonly selector: (given: string) => string | undefined
  /** Whether a property may be set by a given selector. */
  readonly property: (name: string, selector: string) => boolean
  /** Whether an address of the same document (`url(#name)`) may be a value. */
  readonly fragments?: boolean
}

/** What never is a style: AWS refuses it too (developer guide, "hosted UI (classic) branding"), as far as it says. */
export const notStyle = 'CSS must be well-formed, without at-rules, addresses, expressions and markup.'

/** Functions that give a colour or a place, and reach nothing. */
const functions = new Set([
  'rgb', 'rgba', 'hsl', 'hsla', 'matrix', 'rotate', 'scale', 'scalex', 'scaley', 'skewx', 'skewy', 'translate',
  'translatex', 'translatey',
]) // biome-ignore format: a table

/**
 * A style sheet of what is allowed in a given one, written anew from what was understood, so that no browser can
 * understand something else. What is not allowed but harmless is left out; `refuse` says whether what would load or run
 * something is refused or left out as well. Throws InvalidParameter.
 */
export function cleanSheet(css: string, allowed: Allowed, refuse: boolean): string {
  const sheet = parseCss(css, 'stylesheet')
  if (refuse && isActive(css, sheet)) throw new PoolError('InvalidParameter', notStyle)
  const rules: string[] = []
  if (sheet.type !== 'StyleSheet') return ''
  for (const rule of sheet.children) if (rule.type === 'Rule') rules.push(...cleanRule(rule, allowed))
  return rules.join('')
}

/** Declarations as they stand in an attribute, as far as they are allowed. */
export function cleanDeclarations(css: string, allowed: Omit<Allowed, 'selector'>): string {
  const list = parseCss(css, 'declarationList')
  return list.type === 'DeclarationList' ? declarationsOf(list.children, '', allowed).join(';') : ''
}

function parseCss(css: string, context: 'stylesheet' | 'declarationList'): CssNode {
  return library().parse(css, { context, parseCustomProperty: true, parseValue: true, onParseError: () => {} })
}

function cleanRule({ prelude, block }: Rule, allowed: Allowed): string[] {
  if (prelude.type !== 'SelectorList') return []
  return prelude.children.toArray().flatMap((node) => {
    const given = library().generate(node)
    const selector = allowed.selector(given)
    if (selector === undefined) return []
    const declarations = declarationsOf(block.children, given, allowed)
    return declarations.length > 0 ? [`${selector}{${declarations.join(';')}}`] : []
  })
}

function declarationsOf(nodes: Iterable<CssNode>, selector: string, allowed: Omit<Allowed, 'selector'>): string[] {
  const declarations: string[] = []
  for (const node of nodes) {
    if (node.type !== 'Declaration') continue
    const name = node.property.toLowerCase()
    if (allowed.property(name, selector) && isPlain(node, allowed.fragments ?? false))
      declarations.push(`${name}:${library().generate(node.value)}`)
  }
  return declarations
}

/** Whether a value is what its property takes, and neither loads nor runs anything. */
function isPlain({ property, value }: Declaration, fragments: boolean): boolean {
  if (value.type !== 'Value' || library().lexer.matchProperty(property, value).error) return false
  let plain = true
  library().walk(value, (node) => {
    if (node.type === 'Url') plain &&= fragments && /^#[\w-]+$/.test(node.value)
    else if (node.type === 'Function') plain &&= functions.has(node.name.toLowerCase())
    else if (node.type === 'Identifier') plain &&= /^[\w-]+$/.test(node.name)
    else if (node.type === 'String') plain &&= /^[\w ,-]*$/.test(node.value)
    else if (!values.has(node.type)) plain = false
  })
  return plain
}

/** Kinds of values that are nothing but themselves. */
const values: ReadonlySet<string> = new Set([
  'Value',
  'Dimension',
  'Percentage',
  'Number',
  'Hash',
  'Operator',
  'WhiteSpace',
])

/** Whether there is anything in a sheet that would load or run something, whatever rule it stands in. */
function isActive(css: string, sheet: CssNode): boolean {
  let active = css.includes('<') || /javascript:/i.test(css)
  library().walk(sheet, (node) => {
    if (node.type === 'Atrule' || node.type === 'Url' || node.type === 'Raw') active = true
    if (node.type === 'Function') active ||= !functions.has(node.name.toLowerCase())
  })
  return active
}
