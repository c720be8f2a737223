import type { TextGateway } from '../../config.ts'
import { readTemplate } from './shapes.ts'

/** The settings of a text gateway, by the names of their flags. */
export type TextSettings = Readonly<
  Partial<
    Record<
      'sms-gateway' | 'sms-url' | 'sms-credentials-file' | 'sms-from' | 'sms-method' | 'sms-headers-file' | 'sms-body',
      string
    >
  >
>

/** Makes the error that says what a setting must be; it must not show what the setting is. */
export type Fault = (name: keyof TextSettings, wanted: string) => Error

const fallbackBody = 'to={to}&text={text}&from={from}'

/** The gateway that settings describe, or the first fault in them; undefined when there is none. The address was checked. */
export function readTextGateway(
  given: TextSettings,
  region: string | undefined,
  fault: Fault,
): TextGateway | undefined {
  const kind = given['sms-gateway']
  if (kind === undefined) return undefined
  if (kind !== 'http' && kind !== 'twilio' && kind !== 'sns') throw fault('sms-gateway', 'http, twilio or sns')
  const credentials = readCredentials(given['sms-credentials-file'], fault)
  const from = given['sms-from']
  if (from !== undefined && !/^[\w+ .-]{1,64}$/.test(from)) throw fault('sms-from', 'a number or a name')
  if (kind === 'http') return readHttp(given, { from, credentials }, fault)
  if (!credentials) throw fault('sms-credentials-file', `id:secret, which ${kind} needs`)
  const none = { method: 'POST', headers: {}, body: '' } as const
  if (kind === 'twilio') {
    if (from === undefined) throw fault('sms-from', 'the number or messaging service that Twilio sends from')
    const account = `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(credentials.id)}/Messages.json`
    return { kind, url: given['sms-url'] ?? account, from, credentials, ...none }
  }
  const signedFor = /^sns\.([a-z0-9-]+)\./.exec(URL.parse(given['sms-url'] ?? '')?.hostname ?? '')?.[1] ?? region
  if (signedFor === undefined)
    throw fault('sms-url', 'an address such as https://sns.eu-west-1.amazonaws.com, or --region set')
  const url = given['sms-url'] ?? `https://sns.${signedFor}.amazonaws.com/`
  if (new URL(url).search !== '') throw fault('sms-url', 'an address without a query')
  return { kind, url, from, credentials, region: signedFor, ...none }
}

function readHttp(given: TextSettings, common: Pick<TextGateway, 'from' | 'credentials'>, fault: Fault): TextGateway {
  const { 'sms-url': url, 'sms-method': method = 'POST', 'sms-body': body = fallbackBody } = given
  if (url === undefined) throw fault('sms-url', 'the address of the gateway, which http needs')
  const { pathname, username } = new URL(url)
  if (pathname.includes('%7B') || username) throw fault('sms-url', 'an address with placeholders in its query alone')
  if (method !== 'POST' && method !== 'PUT' && method !== 'GET') throw fault('sms-method', 'POST, PUT or GET')
  const headers = readHeaders(given['sms-headers-file'], fault)
  if (headers.authorization !== undefined && common.credentials)
    throw fault('sms-headers-file', 'without Authorization when there are credentials')
  try {
    readTemplate(body)
  } catch {
    throw fault('sms-body', 'JSON, or a form such as to={to}&text={text}')
  }
  const templates = method === 'GET' ? url : url + body
  if (!/\{text\}|%7Btext%7D/i.test(templates)) throw fault('sms-body', 'a template with {text} in it')
  return { kind: 'http', url, ...common, method, headers, body }
}

function readCredentials(given: string | undefined, fault: Fault): TextGateway['credentials'] {
  if (given === undefined) return undefined
  const [, id, secret] = /^([^\s:]+):(\S+)$/.exec(given) ?? []
  if (id === undefined || secret === undefined) throw fault('sms-credentials-file', 'id:secret')
  return { id, secret }
}

/** Set by us or by the connection: the body's coding follows from its template. */
const ours: ReadonlySet<string> = new Set([
  'content-type', 'content-length', 'transfer-encoding', 'connection', 'host', 'expect', 'upgrade',
]) // biome-ignore format: a list

function readHeaders(given = '', fault: Fault): Record<string, string> {
  const lines = given.split(/\r?\n/).filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x20-\x7e]+)$/.exec(line) ?? []
      if (name === '' || ours.has(name.toLowerCase()))
        throw fault('sms-headers-file', 'lines of Name: value, without Content-Type, Host and those of the connection')
      return [name.toLowerCase(), value]
    }),
  )
}
