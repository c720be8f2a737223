// What users are told of that happened to their account, whether they did it or somebody else: a mail, never a code.
// What was changed is decided elsewhere; nothing is changed here.
import type { Db } from '../../store/db.ts'
import { insertMessage } from '../../store/outbox.ts'
import type { User } from '../../store/users.ts'
import type { Message, World } from '../../world/world.ts'
import type { MessageParty } from '../triggers/messages.ts'

/** What has changed. */
export type AccountChange =
  | 'password'
  | 'email'
  | 'phone'
  | 'factor-on'
  | 'factor-off'
  | 'passkey-added'
  | 'passkey-removed'

// biome-ignore format: a table
const words: Readonly<Record<AccountChange, { readonly subject: string; readonly happened: string }>> = {
  password:          { subject: 'Your password was changed',             happened: 'The password of your account was changed.' },
  email:             { subject: 'Your email address was changed',        happened: 'The email address of your account was changed. Messages about it go to the new address from now on.' },
  phone:             { subject: 'Your phone number was changed',         happened: 'The phone number of your account was changed.' },
  'factor-on':       { subject: 'A second step was switched on',         happened: 'A second step at sign-in was switched on or changed for your account.' },
  'factor-off':      { subject: 'A second step was switched off',        happened: 'A second step at sign-in was switched off for your account.' },
  'passkey-added':   { subject: 'A passkey was added',                   happened: 'A passkey was added to your account. Whoever has it can sign in.' },
  'passkey-removed': { subject: 'A passkey was deleted',                 happened: 'A passkey of your account was deleted. It can no longer be used to sign in.' },
}

/**
 * Writes a user of a change, at the verified e-mail address of `user`: hand in the user of before, so that news of a new
 * address goes to the old one. Users without a verified address are not written to. AWS sends nothing of the kind over its
 * API, and neither does ours: only pages of ours call it.
 */
export async function tellOfChange(
  db: Db,
  world: World,
  { pool }: MessageParty,
  user: User,
  change: AccountChange,
): Promise<void> {
  const { email, email_verified: verified } = user.attributes
  if (!email || verified !== 'true') return
  const { subject, happened } = words[change]
  const lines = [
    happened,
    `Account: ${user.username} (${pool.name})`,
    `Time: ${time.format(world.now())} UTC`,
    'If this was you, there is nothing to do. If it was not, sign in at once, change your password and sign out everywhere, or ask for help where you use this account.',
  ]
  const message: Message = {
    id: Buffer.from(world.random(16)).toString('hex'),
    poolId: pool.id,
    channel: 'email',
    kind: 'AccountChange',
    to: email,
    from: pool.settings.EmailConfiguration?.From,
    subject,
    text: lines.join('\n\n'),
    html: lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n'),
    createdAt: world.now(),
  }
  await insertMessage(db, world, message)
}

const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** Names of people and pools are theirs to choose, and no markup of ours. */
function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
