import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { wholeDocument } from '../../settings/branding/document.ts'
import { managedSheet } from './sheet.ts'

describe('the default look', () => {
  test('is the same in the document and in the style sheet of the pages', () => {
    const base = readFileSync(new URL('../parts/style.css', import.meta.url), 'utf8')
    const [light = '', dark = ''] = [...base.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => block)
    const written = namesIn(light)
    const ours = managedSheet(wholeDocument(undefined), [])
    const [first = '', second = ''] = [...ours.matchAll(/:root\{([^}]*)\}/g)].map(([, block]) => block)
    const settle = (names: Map<string, string>, value = ''): string =>
      /^var\(--(.*)\)$/.exec(value)?.[1] === undefined ? value : settle(names, names.get(value.slice(6, -1)))
    const darkly = new Map([...written, ...namesIn(dark)])
    for (const [name, value] of namesIn(first))
      expect([name, value]).toEqual([name, settle(written, written.get(name))])
    for (const [name, value] of namesIn(second)) expect([name, value]).toEqual([name, settle(darkly, darkly.get(name))])
    expect(namesIn(first).size).toBeGreaterThan(50)
  })
})

function namesIn(block: string): Map<string, string> {
  return new Map([...block.matchAll(/--([\w-]+):\s*([^;]+)/g)].map(([, name = '', value = '']) => [name, value.trim()]))
}
