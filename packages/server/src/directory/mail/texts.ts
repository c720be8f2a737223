// What a message says where the pool has no words of its own for it: AWS's sentences in every language, and their HTML.
// Pure: nothing is looked up and nothing is sent here.
import { english, findLanguage, type Language } from '../../languages/languages.ts'
import { message, type Sentence, type UntoldId, write } from '../../languages/messages.ts'
import { mailHtml } from './layout.ts'

/** What a message is made of. */
export interface Matter {
  readonly poolName: string
  readonly username: string
  /** The code, or the temporary password. */
  readonly code: string
  /** The address that does what the code does, where the mail has it in the code's place. */
  readonly link: string | undefined
}

/** What a message is about: each has its own words. */
export type Topic = 'confirm' | 'verify' | 'forgot' | 'signIn' | 'invite' | 'link'

/** A message, written. */
export interface Written {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The language of a message: the user's own (attribute `locale`), else that of the page that asked, else English. */
export function languageOf(locale: string | undefined, asked: Language | undefined): Language {
  return findLanguage(locale ?? '') ?? asked ?? english
}

// biome-ignore format: a table
const subjects: Readonly<Record<Topic, UntoldId>> = {
  confirm: 'mail.confirmSubject',
  verify:  'mail.confirmSubject',
  forgot:  'mail.forgotSubject',
  signIn:  'mail.signInSubject',
  invite:  'mail.inviteSubject',
  link:    'mail.linkSubject',
}

// biome-ignore format: a table
const leads: Readonly<Record<Topic, UntoldId>> = {
  confirm: 'mail.confirmLead',
  verify:  'mail.verifyLead',
  forgot:  'mail.forgotLead',
  signIn:  'mail.signInLead',
  invite:  'mail.inviteLead',
  link:    'mail.link',
}

/** The one sentence that says it all: AWS's default messages, in English word for word. */
function sentenceOf(topic: Topic, { code, username }: Matter): Sentence {
  switch (topic) {
    case 'confirm':
    case 'verify':
      return message('mail.confirm', { code })
    case 'forgot':
      return message('mail.forgot', { code })
    case 'signIn':
      return message('mail.signIn', { code })
    case 'invite':
      return message('mail.invite', { username, password: code })
    case 'link':
      return message('mail.link')
  }
}

/** The subject of a message. */
export function writeSubject(language: Language, topic: Topic): string {
  return write(language, message(subjects[topic]))
}

/** A text message: one sentence. */
export function writeTextMessage(language: Language, topic: Topic, matter: Matter): string {
  return write(language, sentenceOf(topic, matter))
}

/** A mail, as text and as HTML that say the same. */
export function writeMail(language: Language, topic: Topic, matter: Matter): Written {
  const say = (id: UntoldId) => write(language, message(id))
  const { poolName, username, code, link } = matter
  const sentence = write(language, sentenceOf(topic, matter))
  const lead = say(leads[topic])
  const ignore = say(
    topic === 'link' ? 'mail.ignoreLink' : topic === 'invite' ? 'mail.ignoreInvite' : 'mail.ignoreCode',
  )
  const sentBy = write(language, message('mail.sentBy', { pool: poolName }))
  const subject = writeSubject(language, topic)
  return {
    subject,
    text: [
      link === undefined ? sentence : `${sentence}\n${link}`,
      link === undefined ? lead : undefined,
      ignore,
      sentBy,
    ]
      .filter((part) => part !== undefined)
      .join('\n\n'),
    html: mailHtml({
      language,
      title: subject,
      preview: sentence,
      poolName,
      lead,
      code: link === undefined ? code : undefined,
      named: topic === 'invite' ? [say('input.username'), username, say('mail.temporaryPassword')] : undefined,
      link: link === undefined ? undefined : { href: link, button: say('mail.linkButton'), help: say('mail.linkHelp') },
      ignore,
      sentBy,
    }),
  }
}
