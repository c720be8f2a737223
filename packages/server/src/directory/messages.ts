import { english, type Language } from '../languages/languages.ts'
import type { Db } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import { hostedUrl, listDomains } from '../store/setup/domains.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Attributes } from '../store/users.ts'
import type { Message, World } from '../world/world.ts'
import { escapeHtml } from './mail/layout.ts'
import { languageOf, type Matter, type Topic, writeMail, writeSubject, writeTextMessage } from './mail/texts.ts'
import type { ClientMetadata } from './triggers/event.ts'
import {
  type Address,
  addressedAttributes,
  customMessage,
  hasCustomSender,
  type MessageParty,
  type MessageUser,
} from './triggers/messages.ts'
import { unknownUserId } from './usernames.ts'

/** Where a message went, as the caller may know it. */
export interface CodeDelivery {
  readonly medium: 'EMAIL' | 'SMS'
  readonly attribute: 'email' | 'phone_number'
  /** Masked: `a***@e***`, `+*******4321`. */
  readonly destination: string
}

/** What the caller may know of an address (AWS's mask). */
export function describeDelivery({ attribute, value }: Address): CodeDelivery {
  if (attribute === 'phone_number')
    return { medium: 'SMS', attribute, destination: `+${'*'.repeat(Math.max(1, value.length - 5))}${value.slice(-4)}` }
  const [local = '', host = ''] = value.split('@')
  return { medium: 'EMAIL', attribute, destination: `${[...local][0] ?? '*'}***@${[...host][0] ?? '*'}***` }
}

/** The address that a new user's code goes to: phone before e-mail, among those the pool verifies by itself. */
export function verificationAddress(pool: Pool, attributes: Attributes): Address | undefined {
  const verified = pool.settings.AutoVerifiedAttributes ?? []
  for (const attribute of ['phone_number', 'email'] as const) {
    const value = attributes[attribute]
    if (value && verified.includes(attribute)) return { attribute, value }
  }
  return undefined
}

/** An e-mail address that looks real and is the same at every call, for a name that has none. */
export function simulatedAddress(world: World, pool: Pool, username: string): string {
  if (username.includes('@')) return username
  const letters = world.vault
    .mac('delivery', unknownUserId(world, pool, username))
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
  return `${letters[0] ?? 'a'}@${letters[1] ?? 'e'}`
}

/** Where a code would go to such a name. */
export function simulatedDelivery(world: World, pool: Pool, username: string): CodeDelivery {
  return describeDelivery({ attribute: 'email', value: simulatedAddress(world, pool, username) })
}

/**
 * The address a user recovers by: the pool's mechanisms by priority; without a setting a verified phone before a verified
 * e-mail (API reference, AccountRecoverySettingType).
 */
export function recoveryAddress(pool: Pool, attributes: Attributes): Address | undefined {
  const mechanisms = [...(pool.settings.AccountRecoverySetting?.RecoveryMechanisms ?? [])].sort(
    (a, b) => (a.Priority ?? 0) - (b.Priority ?? 0),
  )
  const names =
    mechanisms.length > 0 ? mechanisms.map(({ Name }) => Name) : (['verified_phone_number', 'verified_email'] as const)
  for (const name of names) {
    const attribute =
      name === 'verified_email' ? 'email' : name === 'verified_phone_number' ? 'phone_number' : undefined
    if (!attribute) continue
    const value = attributes[attribute]
    if (value && attributes[`${attribute}_verified`] === 'true') return { attribute, value }
  }
  return undefined
}

/** What a message is for: AWS's names of the CustomMessage trigger sources. */
export type MessageKind =
  | 'SignUp'
  | 'ResendCode'
  | 'ForgotPassword'
  | 'AdminCreateUser'
  | 'VerifyUserAttribute'
  | 'UpdateUserAttribute'
  | 'Authentication'

/** What a message is asked for through and along with. */
export interface MessageContext {
  /** What the caller sends along for triggers. */
  readonly metadata?: ClientMetadata | undefined
  /** The address that does what the code does; the e-mail has it in the code's place. */
  readonly link?: string | undefined
}

/** A message's words as the pool has them, with placeholders; what it has none for is undefined. */
interface Template {
  readonly subject: string | undefined
  readonly text: string | undefined
}

function template({ settings }: Pool, kind: MessageKind, sms: boolean, link: boolean): Template {
  const verification = settings.VerificationMessageTemplate
  switch (kind) {
    case 'AdminCreateUser': {
      const invite = settings.AdminCreateUserConfig?.InviteMessageTemplate
      return { subject: invite?.EmailSubject, text: sms ? invite?.SMSMessage : invite?.EmailMessage }
    }
    case 'Authentication': {
      const email = settings.EmailMfaConfiguration
      return { subject: email?.Subject, text: sms ? settings.SmsAuthenticationMessage : email?.Message }
    }
    default:
      if (link) return { subject: verification?.EmailSubjectByLink, text: verification?.EmailMessageByLink }
      return {
        subject: verification?.EmailSubject ?? settings.EmailVerificationSubject,
        text: sms
          ? (verification?.SmsMessage ?? settings.SmsVerificationMessage)
          : (verification?.EmailMessage ?? settings.EmailVerificationMessage),
      }
  }
}

const topics: Readonly<Record<MessageKind, Topic>> = {
  SignUp: 'confirm',
  ResendCode: 'confirm',
  ForgotPassword: 'forgot',
  AdminCreateUser: 'invite',
  VerifyUserAttribute: 'verify',
  UpdateUserAttribute: 'verify',
  Authentication: 'signIn',
}

/**
 * Writes a message with a code: in the words of the pool's CustomMessage trigger, else of the pool, else in ours and in
 * the user's language. The trigger is a call over the network: compose before the transaction that stores the code, and insertMessage in it; the message goes out after.
 */
export async function composeCode(
  world: World,
  { pool, client, language: asked }: MessageParty,
  user: MessageUser,
  address: Address,
  kind: MessageKind,
  code: string,
  { metadata, link }: MessageContext = {},
): Promise<Message> {
  const sms = address.attribute === 'phone_number'
  const linked = sms ? undefined : link
  const subjectMatter = { source: kind, user, address, metadata, sms, link: linked !== undefined }
  const words = {
    ...template(pool, kind, sms, linked !== undefined),
    ...(await customMessage(world, pool, client, subjectMatter)),
  }
  const language = languageOf(user.attributes.locale, asked)
  const topic = linked === undefined ? topics[kind] : 'link'
  const matter = { poolName: pool.name, username: user.username, code, link: linked }
  return {
    id: Buffer.from(world.random(16)).toString('hex'),
    poolId: pool.id,
    channel: sms ? 'sms' : 'email',
    kind,
    to: address.value,
    from: pool.settings.EmailConfiguration?.From,
    // Whose text is not ours has AWS's subject beside it, not one in a language that the text may not have.
    subject: words.subject ?? writeSubject(words.text === undefined ? language : english, topic),
    ...(words.text === undefined ? writeBody(language, topic, matter, sms) : fillIn(words.text, matter, sms)),
    code,
    link: linked,
    about: hasCustomSender(pool, sms)
      ? { username: user.username, attributes: addressedAttributes(user, address), clientId: client?.id, metadata }
      : undefined,
    createdAt: world.now(),
  }
}

function writeBody(language: Language, topic: Topic, matter: Matter, sms: boolean): Pick<Message, 'text' | 'html'> {
  if (sms) return { text: writeTextMessage(language, topic, matter) }
  const { text, html } = writeMail(language, topic, matter)
  return { text, html }
}

/** The pool's own words: `{####}` is the code or temporary password, `{username}` the name, `{##…##}` a link. */
function fillIn(template: string, { code, username, link }: Matter, sms: boolean): Pick<Message, 'text' | 'html'> {
  // Texts in the pool's templates are HTML on AWS; what we fill in is not.
  const fill = (body: string, encode: (value: string) => string, writeLink: (words: string) => string) =>
    body.replaceAll(/\{####\}|\{username\}|\{##(.*?)##\}/gs, (place, words: string | undefined) =>
      place === '{####}' ? encode(code) : place === '{username}' ? encode(username) : writeLink(words ?? ''),
    )
  if (sms) return { text: fill(template, String, (words) => words) }
  return {
    text: fill(plainText(template), String, (words) => (link ? `${words}: ${link}` : words)),
    html: fill(template, escapeHtml, (words) => (link ? `<a href="${escapeHtml(link)}">${words}</a>` : words)),
  }
}

/**
 * The address that confirms an account by a click, in a pool that says so and has a hosted domain for it; without one
 * the message has the code (form of the address: AWS developer guide, "Customizing email verification messages").
 */
export async function confirmationLink(
  db: Db,
  world: World,
  { pool, client }: { pool: Pool; client: Client },
  username: string,
  code: string,
): Promise<string | undefined> {
  if (pool.settings.VerificationMessageTemplate?.DefaultEmailOption !== 'CONFIRM_WITH_LINK') return undefined
  const domains = await listDomains(db, pool.id)
  const domain = domains.find(({ settings }) => settings.CustomDomainConfig) ?? domains[0]
  if (!domain) return undefined
  const query = new URLSearchParams({ client_id: client.id, user_name: username, confirmation_code: code })
  return `${hostedUrl(world, pool, domain)}/confirmUser?${query}`
}

/** A readable text of a template that may hold HTML: breaks and paragraphs become lines, tags go. */
function plainText(template: string): string {
  return template
    .replaceAll(/<br\s*\/?>|<\/p>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .trim()
}
