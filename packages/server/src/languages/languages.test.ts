import { expect, test } from 'vitest'
import { acceptedLanguage, findLanguage } from './languages.ts'

// biome-ignore format: a table
const tags: [asked: string, found: string | undefined][] = [
  ['en', 'en'], ['EN', 'en'], ['en-GB', 'en'], ['en_AU', 'en'], ['en-Latn-US', 'en'],
  ['tlh', undefined], ['', undefined], ['*', undefined], ['e', undefined], ['en-', undefined], ['__proto__', undefined],
  ['en-u-nu-arab', undefined], ['<b>', undefined], ['x'.repeat(5000), undefined],
]

for (const [asked, found] of tags)
  test(`"${asked.slice(0, 20)}" is ${found ?? 'nothing that we speak'}`, () => {
    expect(findLanguage(asked)?.tag).toBe(found)
  })

// biome-ignore format: a table
const headers: [header: string, found: string | undefined][] = [
  ['en', 'en'], ['tlh, en;q=0.5', 'en'], ['en;q=0', undefined], ['en;q=0.000, tlh', undefined], ['en;q=2', undefined], ['*', undefined], ['', undefined],
  [`${'tlh,'.repeat(10_000)}en`, undefined],
]

for (const [header, found] of headers)
  test(`who accepts "${header.slice(0, 30)}" reads ${found ?? 'nothing that we speak'}`, () => {
    expect(acceptedLanguage(header)?.tag).toBe(found)
  })
