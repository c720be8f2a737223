import { expect, test } from 'vitest'
import { languages } from '../../languages/languages.ts'
import { languageOf, type Topic, writeMail, writeTextMessage } from './texts.ts'

const topics: Topic[] = ['confirm', 'verify', 'forgot', 'signIn', 'invite', 'link']
const link = 'https://shop.example/confirmUser?client_id=c&user_name=ada&confirmation_code=493027'

for (const language of languages)
  test(`every mail in ${language.name} says the same in text and in HTML`, () => {
    const subjects = new Set<string>()
    for (const topic of topics) {
      const matter = {
        poolName: 'Sunny Shop',
        username: 'ada',
        code: '493027',
        link: topic === 'link' ? link : undefined,
      }
      const { subject, text, html } = writeMail(language, topic, matter)
      subjects.add(`${topic} ${subject}`)
      expect(html).toContain(`<html lang="${language.tag}" dir="${language.dir}">`)
      expect(html).toContain('Sunny Shop')
      for (const part of text.split('\n\n')) {
        const escaped = part.split('\n').map((line) => line.replaceAll('&', '&#38;'))
        for (const line of escaped) expect(html).toContain(line)
      }
      expect(text).toContain(topic === 'link' ? link : '493027')
      if (topic === 'invite') expect(text).toContain('ada')
      // Nothing is loaded, and nothing is left of the notation.
      expect(html).not.toMatch(/src=|url\(|@import|<script|undefined/)
      expect(text).not.toMatch(/[{}<>]|undefined/)
    }
    expect(subjects.size).toBe(topics.length)
  })

test('what is filled in is text', () => {
  const matter = { poolName: '<b>Shop</b>', username: '"><img src=x>', code: "'&<i>", link: undefined }
  const { html, text } = writeMail(languageOf(undefined, undefined), 'invite', matter)
  expect(html).not.toMatch(/<b>|<img|<i>/)
  expect(html).toContain('&#34;&#62;&#60;img src=x&#62;')
  expect(text).toContain(`Your username is "><img src=x> and temporary password is '&<i>.`)
  const linked = writeMail(languageOf('de', undefined), 'link', { ...matter, link: 'https://a.example/?"onclick=x' })
  expect(linked.html).toContain('href="https://a.example/?&#34;onclick=x"')
})

test('a text message is one sentence', () => {
  const matter = { poolName: 'Sunny Shop', username: 'ada', code: '493027', link: undefined }
  expect(writeTextMessage(languageOf('de-AT', undefined), 'signIn', matter)).toBe('Ihr Anmeldecode lautet 493027')
})

// biome-ignore format: a table
const choices: [locale: string | undefined, asked: string | undefined, language: string][] = [
  ['pt_BR', 'de', 'pt-BR'], ['tlh', 'de', 'de'], [undefined, 'ar', 'ar'], ['', undefined, 'en'], ['../../x', undefined, 'en'],
]

for (const [locale, asked, language] of choices)
  test(`a user of ${locale} who asks in ${asked} is written to in ${language}`, () => {
    expect(
      languageOf(
        locale,
        languages.find(({ tag }) => tag === asked),
      ).tag,
    ).toBe(language)
  })
