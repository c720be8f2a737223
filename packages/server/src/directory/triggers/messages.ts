import { PoolError } from '../../errors.ts'
import type { Language } from '../../languages/languages.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Attributes, User } from '../../store/users.ts'
import type { Message, World } from '../../world/world.ts'
import { type ClientMetadata, eventAttributes, eventHead, readResponse } from './event.ts'

/** An address of a user. */
export interface Address {
  readonly attribute: 'email' | 'phone_number'
  readonly value: string
}

/** For which pool, and through which app client, a message is sent. */
export interface MessageParty {
  readonly pool: Pool
  readonly client?: Client | undefined
  /** The language of the page that asked. */
  readonly language?: Language | undefined
}

/** Whom a message is about. */
export type MessageUser = Pick<User, 'id' | 'username' | 'status' | 'attributes'>

/** A message as the CustomMessage trigger is asked for it. */
interface MessageRequest {
  /** The part of the trigger source after `CustomMessage_`. */
  readonly source: string
  readonly user: MessageUser
  readonly address: Address
  readonly metadata: ClientMetadata | undefined
  readonly sms: boolean
  readonly link: boolean
}

/** What stands where in a text (AWS developer guide, "Custom message Lambda trigger"). */
const codeParameter = '{####}'
const usernameParameter = '{username}'
const linkParameter = '{##Click Here##}'

/** The longest texts, in characters (AWS developer guide, "Custom message Lambda trigger": parameters). */
const longest = { smsMessage: 140, emailMessage: 20_000, emailSubject: 140 } as const

/** A user's attributes as triggers of messages see them: the address is the one that is written to. */
export function addressedAttributes(user: MessageUser, { attribute, value }: Address): Attributes {
  return { ...eventAttributes(user), [attribute]: value }
}

/**
 * Asks the CustomMessage trigger for subject and text. What it leaves out, and a text without the placeholder of what
 * the message is for, stay as the pool has them, as on AWS; a text that is too long or no text is refused.
 */
export async function customMessage(
  world: World,
  pool: Pool,
  client: Client | undefined,
  { source, user, address, metadata, sms, link }: MessageRequest,
): Promise<{ readonly subject?: string; readonly text?: string }> {
  const arn = pool.settings.LambdaConfig?.CustomMessage
  if (!arn) return {}
  const invitation = source === 'AdminCreateUser'
  const event = {
    ...eventHead(pool, client, `CustomMessage_${source}`, user.username),
    request: {
      userAttributes: addressedAttributes(user, address),
      codeParameter,
      linkParameter,
      usernameParameter: invitation ? usernameParameter : null,
      ...(metadata && { clientMetadata: metadata }),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  }
  const response = readResponse(await world.invoke(arn, event))
  const subject = readText(response, 'emailSubject')
  const text = readText(response, sms ? 'smsMessage' : 'emailMessage')
  const complete =
    text !== undefined &&
    (text.includes(codeParameter) || (link && /\{##.*?##\}/s.test(text))) &&
    (!invitation || text.includes(usernameParameter))
  return { ...(subject !== undefined && !sms && { subject }), ...(complete && { text }) }
}

function readText(response: Readonly<Record<string, unknown>>, name: keyof typeof longest): string | undefined {
  const value = response[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || [...value].length > longest[name])
    throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
  return value
}

function customSender(pool: Pool, sms: boolean): string | undefined {
  const { CustomEmailSender, CustomSMSSender } = pool.settings.LambdaConfig ?? {}
  return (sms ? CustomSMSSender : CustomEmailSender)?.LambdaArn
}

/** Whether a function of the pool's own sends what goes by this channel. */
export function hasCustomSender(pool: Pool, sms: boolean): boolean {
  return customSender(pool, sms) !== undefined
}

/**
 * Hands a message to the pool's own sender, with the code encrypted for it; false when it has none any more. Throws when
 * the function did not take it.
 */
export async function sendByTrigger(world: World, pool: Pool, message: Message): Promise<boolean> {
  const { about, kind, code = '' } = message
  const sms = message.channel === 'sms'
  const arn = customSender(pool, sms)
  if (!arn || !about) return false
  const source = `${sms ? 'CustomSMSSender' : 'CustomEmailSender'}_${kind}`
  const client = about.clientId === undefined ? undefined : { id: about.clientId }
  const event = {
    ...eventHead(pool, client, source, about.username),
    request: {
      type: sms ? 'customSMSSenderRequestV1' : 'customEmailSenderRequestV1',
      // What AWS binds its ciphertext to as well (developer guide, "Custom sender Lambda triggers").
      code: world.encryptCode(code, { 'userpool-id': pool.id }),
      userAttributes: about.attributes,
      clientMetadata: about.metadata ?? null,
    },
    response: {},
  }
  await world.invoke(arn, event)
  return true
}
