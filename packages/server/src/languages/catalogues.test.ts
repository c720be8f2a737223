import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Shape, shapeOf } from '../../../../tools/generate-parameters.ts'
import { holesOf } from '../../../../tools/missing-words.ts'
import en from './catalogues/en.json' with { type: 'json' }
import { languages } from './languages.ts'
import { catalogue } from './messages.ts'

const folder = join(import.meta.dirname, 'catalogues')

test('there is a catalogue for each language, and none besides', () => {
  expect(readdirSync(folder).sort()).toEqual(languages.map(({ tag }) => `${tag}.json`).sort())
})

describe.each(languages.map(({ tag }) => tag))('%s', (tag) => {
  const messages: Readonly<Record<string, string | undefined>> = catalogue(tag)

  test('has every message of English, and none besides', () => {
    expect(holesOf(messages)).toEqual([])
  })

  test('every message can be read, and is told what the English one is told', () => {
    const shapes = (catalogue: Readonly<Record<string, string | undefined>>, language: string): [string, Shape][] =>
      Object.entries(catalogue).map(([id, text = '']) => [id, shapeOf(text, language)])
    expect(shapes(messages, tag)).toEqual(shapes(en, 'en'))
  })

  test('nothing is empty, doubled, or quoted in a way that ICU reads as an escape', () => {
    for (const [id, text = ''] of Object.entries(messages)) expect([id, text]).toEqual([id, text.trim()])
    for (const [id, text = ''] of Object.entries(messages)) expect([id, text]).not.toEqual([id, ''])
    for (const [id, text = ''] of Object.entries(messages))
      expect([id, text]).not.toEqual([id, expect.stringMatching(/'| {2}/)])
  })

  test('a count has a form for each plural of the language', () => {
    // The millions of French, Italian, Spanish and Portuguese do not come up.
    const plurals = new Intl.PluralRules(tag).resolvedOptions().pluralCategories
    const asked = plurals.filter((one) => one !== 'many' || plurals.length > 3)
    for (const [id, text = ''] of Object.entries(messages))
      if (text.includes(', plural,') && /one \{/.test(en[id as keyof typeof en]))
        for (const plural of asked) expect([id, text]).toEqual([id, expect.stringContaining(`${plural} {`)])
  })
})

test('every message is said somewhere', () => {
  const source = join(import.meta.dirname, '..')
  const text = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|[./])test\.ts$|languages\//.test(path))
    .map((path) => readFileSync(join(source, path), 'utf8'))
    .join('\n')
  const said = (id: string) => text.includes(`'${id}'`) || text.includes(`\`${id.replace(/\.\w+$/, '.')}\${`)
  expect(Object.keys(en).filter((id) => !said(id))).toEqual([])
})
