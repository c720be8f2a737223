import type { TextGateway } from '../../config.ts'
import type { OutgoingRequest } from '../request.ts'
import { signRequest } from './signature.ts'

/** What a text message is made of. */
export interface TextParts {
  readonly to: string
  readonly text: string
  readonly from: string
}

type Request = Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'>

const form = { 'content-type': 'application/x-www-form-urlencoded' } as const

/** The request that sends a message through a gateway at a time in milliseconds. */
export function writeRequest(gateway: TextGateway, parts: TextParts, now: number): Request {
  const write = { http: writeTemplate, twilio: writeTwilio, sns: writeSns }[gateway.kind]
  return write(gateway, parts, now)
}

/** A body template: values of JSON or of a form, which placeholders are replaced in after it was read. */
export function readTemplate(text: string): { readonly json: unknown } | { readonly form: URLSearchParams } {
  return /^\s*[[{]/.test(text) ? { json: JSON.parse(text) } : { form: new URLSearchParams(text) }
}

/** What a message says goes into values that are coded afterwards, so that it can never become part of the structure. */
function writeTemplate({ url: address, method, headers, body, credentials }: TextGateway, parts: TextParts): Request {
  const fill = (value: string) => value.replaceAll(/\{(to|text|from)\}/g, (_, name: keyof TextParts) => parts[name])
  const fillForm = (given: URLSearchParams) => new URLSearchParams([...given].map(([name, value]): [string, string] => [name, fill(value)]))
  const url = new URL(address)
  url.search = fillForm(url.searchParams).toString()
  const all = { ...(credentials && { authorization: basic(credentials) }), ...headers }
  if (method === 'GET') return { method, url, headers: all }
  const template = readTemplate(body)
  return 'json' in template
    ? { method, url, headers: { ...all, 'content-type': 'application/json' }, body: JSON.stringify(fillJson(template.json, fill)) }
    : { method, url, headers: { ...all, ...form }, body: fillForm(template.form).toString() }
}

function fillJson(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value)
  if (Array.isArray(value)) return value.map((item) => fillJson(item, fill))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fillJson(member, fill)]))
}

/** https://www.twilio.com/docs/messaging/api/message-resource: the sender is a number or a messaging service. */
function writeTwilio({ url, credentials }: TextGateway, { to, text, from }: TextParts): Request {
  const sender = /^MG[0-9a-f]{32}$/.test(from) ? 'MessagingServiceSid' : 'From'
  return {
    method: 'POST',
    url: new URL(url),
    headers: { ...form, ...(credentials && { authorization: basic(credentials) }) },
    body: new URLSearchParams({ To: to, [sender]: from, Body: text }).toString(),
  }
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, as a transactional message: a code must arrive. */
function writeSns({ url: address, region = '', credentials }: TextGateway, parts: TextParts, now: number): Request {
  const attributes = [
    ['AWS.SNS.SMS.SMSType', 'Transactional'],
    ...(parts.from === '' ? [] : [[parts.from.startsWith('+') ? 'AWS.MM.SMS.OriginationNumber' : 'AWS.SNS.SMS.SenderID', parts.from]]),
  ]
  const body = new URLSearchParams({
    Action: 'Publish',
    Version: '2010-03-31',
    PhoneNumber: parts.to,
    Message: parts.text,
    ...Object.fromEntries(
      attributes.flatMap(([name = '', value = ''], index) => {
        const entry = `MessageAttributes.entry.${index + 1}`
        return [
          [`${entry}.Name`, name],
          [`${entry}.Value.DataType`, 'String'],
          [`${entry}.Value.StringValue`, value],
        ]
      }),
    ),
  }).toString()
  const url = new URL(address)
  const headers = signRequest({ url, region, service: 'sns', key: credentials ?? { id: '', secret: '' }, headers: form, body, now })
  return { method: 'POST', url, headers, body }
}

function basic({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

/** Twilio's codes for numbers and texts that it will not take (https://www.twilio.com/docs/api/errors). */
const twilioRefusals: ReadonlySet<unknown> = new Set([21211, 21214, 21217, 21604, 21610, 21612, 21614, 21617])
const snsRefusals = /<Code>(InvalidParameter|InvalidParameterValue|ParameterValueInvalid)<\/Code>/

/**
 * Whether an answer is about the number or the text, so that another try is of no use. What may be put right (a wrong
 * password or sender, no credit) or passes (a fault, too many at once) is not.
 */
export function isRefused(kind: TextGateway['kind'], status: number, body: string): boolean {
  if (kind === 'http') return status === 400 || status === 422
  if (status !== 400) return false
  return kind === 'sns' ? snsRefusals.test(body) : twilioRefusals.has(readCode(body))
}

function readCode(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined
  } catch {
    return undefined
  }
}
