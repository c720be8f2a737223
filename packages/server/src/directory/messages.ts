import type { Db } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Attributes, User } from '../store/users.ts'
import type { World } from '../world/world.ts'

/** Where a message went, as the caller may know it. */
export interface CodeDelivery {
  readonly medium: 'EMAIL' | 'SMS'
  readonly attribute: 'email' | 'phone_number'
  /** Masked: `a***@e***`, `+*******4321`. */
  readonly destination: string
}

/** An address of a user. */
export interface Address {
  readonly attribute: 'email' | 'phone_number'
  readonly value: string
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

/** A delivery that looks real and is the same at every call, for a name that has no address. */
export function simulatedDelivery(world: World, pool: Pool, username: string): CodeDelivery {
  if (username.includes('@')) return describeDelivery({ attribute: 'email', value: username })
  const letters = world.vault
    .mac('delivery', `${pool.id}\0${username}`)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
  return describeDelivery({ attribute: 'email', value: `${letters[0] ?? 'a'}@${letters[1] ?? 'e'}` })
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

/** AWS's default texts; `{####}` is the code or temporary password, `{username}` the name. */
const defaults = {
  verification: { subject: 'Your verification code', text: 'Your confirmation code is {####}' },
  forgot: { subject: 'Your verification code', text: 'Your password reset code is {####}' },
  invitation: {
    subject: 'Your temporary password',
    text: 'Your username is {username} and temporary password is {####}.',
  },
} as const

function template(pool: Pool, kind: MessageKind, sms: boolean): { subject: string; text: string } {
  const settings = pool.settings
  if (kind === 'AdminCreateUser') {
    const invite = settings.AdminCreateUserConfig?.InviteMessageTemplate
    return {
      subject: invite?.EmailSubject ?? defaults.invitation.subject,
      text: (sms ? invite?.SMSMessage : invite?.EmailMessage) ?? defaults.invitation.text,
    }
  }
  const verification = settings.VerificationMessageTemplate
  const fallback = kind === 'ForgotPassword' ? defaults.forgot : defaults.verification
  return {
    subject: verification?.EmailSubject ?? settings.EmailVerificationSubject ?? fallback.subject,
    text:
      (sms
        ? (verification?.SmsMessage ?? settings.SmsVerificationMessage)
        : (verification?.EmailMessage ?? settings.EmailVerificationMessage)) ?? fallback.text,
  }
}

/** Writes a message with a code into the outbox, in the caller's transaction; it is sent after the commit. */
export async function queueCode(
  db: Db,
  world: World,
  pool: Pool,
  user: Pick<User, 'username'>,
  address: Address,
  kind: MessageKind,
  code: string,
): Promise<void> {
  const sms = address.attribute === 'phone_number'
  const { subject, text } = template(pool, kind, sms)
  // Texts in the pool's templates are HTML on AWS; what we fill in is not.
  const fill = (body: string, encode: (value: string) => string) =>
    body.replaceAll('{####}', encode(code)).replaceAll('{username}', encode(user.username))
  await insertMessage(db, world, {
    id: Buffer.from(world.random(16)).toString('hex'),
    poolId: pool.id,
    channel: sms ? 'sms' : 'email',
    kind,
    to: address.value,
    from: pool.settings.EmailConfiguration?.From,
    subject,
    text: fill(sms ? text : plainText(text), String),
    html: sms ? undefined : fill(text, escapeHtml),
    code,
    createdAt: world.now(),
  })
}

/** A readable text of a template that may hold HTML: breaks and paragraphs become lines, tags go. */
function plainText(template: string): string {
  return template
    .replaceAll(/<br\s*\/?>|<\/p>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .trim()
}

function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
