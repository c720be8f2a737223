// What a SAML provider is set up with: XML as everybody here reads it, metadata, the details of a provider. What providers
// say when somebody signs in is judged in sign-in/federation/saml/.
import type { Element } from '@xmldom/xmldom'
import { PoolError } from '../../errors.ts'

/** An element as it was written, without its prefixes: names are compared by namespace. */
export interface XmlElement {
  readonly namespace: string
  readonly name: string
  /** Attributes without a namespace, by name; others (`xsi:type`) are left out. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** All character data below it, in order. */
  readonly text: string
}

/** Namespaces of the documents read here. */
export const ns = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const

/** What deep or wide nesting may cost at most; no honest document comes near. */
const mostDepth = 40
const mostElements = 20_000

/** Outside the production Char of XML 1.0, written as they are or (then seen after parsing) as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const forbiddenCharacters = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|\p{Surrogate}/u

/**
 * Reads a document of one root element. Rejects with PoolError InvalidParameter for anything that two parsers could read
 * differently: a document type (entities, XXE), comments (a NameID cut in two), processing instructions, CDATA, doubled
 * ID attributes, a prefix bound anew, text around the root, and whatever is not well-formed.
 */
export async function readXml(text: string): Promise<XmlElement> {
  if (forbiddenCharacters.test(text)) throw malformed('characters that XML has not')
  const body = text.replace(/^\uFEFF?\s*(?:<\?xml[^<>?]*\?>)?\s*/, '')
  // In well-formed text `<!` opens a document type, a comment or CDATA, and `<?` a processing instruction, nothing else.
  if (body.includes('<!') || body.includes('<?') || body.includes(']]>'))
    throw malformed('markup that is not an element')
  if (!body.startsWith('<')) throw malformed('no element')
  // Loaded when the first document comes: most pools have no such provider.
  const { DOMParser, onWarningStopParsing } = await import('@xmldom/xmldom')
  let root: Element | null
  try {
    root = new DOMParser({ onError: onWarningStopParsing }).parseFromString(body, 'application/xml').documentElement
  } catch (error) {
    throw malformed('not well-formed', error)
  }
  if (!root) throw malformed('no element')
  return copyElement(root, { ids: new Set(), prefixes: new Map(), count: { elements: 0 }, depth: 0 })
}

/** As readXml, without comments: metadata is written by hand and pasted by people; nothing in it is signed for us. */
export function readCommentedXml(text: string): Promise<XmlElement> {
  return readXml(text.replace(/<!--(?:(?!--)[\s\S])*-->/g, ''))
}

/** The children of that name. */
export function childrenOf(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return parent.children.filter((child) => child.namespace === namespace && child.name === name)
}

/** The child of that name when there is exactly one; throws for more. */
export function childOf(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  const found = childrenOf(parent, namespace, name)
  if (found.length > 1) throw malformed(`more than one ${name}`)
  return found[0]
}

/** Every element of a document with that local name, in whatever namespace and depth. */
export function allNamed(root: XmlElement, name: string): XmlElement[] {
  const below = root.children.flatMap((child) => allNamed(child, name))
  return root.name === name ? [root, ...below] : below
}

/** Text and attribute values as they stand in a document. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What is thrown for a document that cannot be read; why is for the log. */
export function malformed(why: string, cause?: unknown): PoolError {
  return new PoolError('InvalidParameter', 'Invalid SAML document', new Error(why, { cause }))
}

interface Walk {
  readonly ids: Set<string>
  readonly prefixes: ReadonlyMap<string, string>
  readonly count: { elements: number }
  readonly depth: number
}

/** Those that xml-crypto looks at as well. */
const idAttributes = ['ID', 'Id', 'id']

function copyElement(element: Element, { ids, prefixes, count, depth }: Walk): XmlElement {
  count.elements += 1
  if (depth > mostDepth || count.elements > mostElements) throw malformed('too deep or too large')
  const bound = new Map(prefixes)
  const attributes = new Map<string, string>()
  let hasId = false
  for (const attribute of Array.from(element.attributes)) {
    if (attribute.prefix === 'xmlns') {
      const name = attribute.localName ?? ''
      // The same prefix for another namespace further down is a way to make two readers disagree.
      if ((bound.get(name) ?? attribute.value) !== attribute.value) throw malformed('a prefix bound anew')
      bound.set(name, attribute.value)
    } else if (attribute.name !== 'xmlns') {
      if (forbiddenCharacters.test(attribute.value)) throw malformed('characters that XML has not')
      const name = attribute.localName ?? attribute.name
      if (idAttributes.includes(name)) {
        if (hasId || ids.has(attribute.value)) throw malformed('an ID used twice')
        hasId = true
        ids.add(attribute.value)
      }
      if (!attribute.namespaceURI) attributes.set(name, attribute.value)
    }
  }
  const children: XmlElement[] = []
  let text = ''
  for (const node of Array.from(element.childNodes)) {
    if (node.nodeType === node.ELEMENT_NODE) {
      const child = copyElement(node as Element, { ids, prefixes: bound, count, depth: depth + 1 })
      children.push(child)
      text += child.text
    } else if (node.nodeType === node.TEXT_NODE) text += node.nodeValue ?? ''
    else throw malformed('markup that is not an element')
  }
  if (forbiddenCharacters.test(text)) throw malformed('characters that XML has not')
  return { namespace: element.namespaceURI ?? '', name: element.localName ?? '', attributes, children, text }
}
