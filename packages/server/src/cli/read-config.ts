import { existsSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import type { AccessKey, Config, Limits } from '../config.ts'
import { limitedActions } from '../directory/limits.ts'
import { readTextGateway } from '../world/sms/settings.ts'
import type { Document } from './document.ts'
import { readAll, UsageError } from './usage-error.ts'
import type { Given, SettingName, Values } from './values.ts'

/** The region of pools whose id names none and that no setting pins. */
export const defaultRegion = 'eu-west-1'

/** A host and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `host:port`, `:port`, `port` or `[address]:port`. */
export function readAddress(given: Given | undefined): Address {
  const { value, from } = given ?? { value: 'localhost:9500', from: '--listen' }
  const match = /^(?:(?:\[([\da-f:.]+)\]|([^\s:/]+)|):)?(\d{1,5})$/i.exec(value)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw wrong(value, from, 'an address such as localhost:9500')
  return { host: match[1] ?? match[2] ?? 'localhost', port }
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The parts of the configuration that development and production read alike. */
export function readCommon(
  values: Values,
  port: number,
  mode: Config['mode'],
  document: Pick<Document, 'functions'> = {},
): Omit<Config, 'masterKey' | 'accessKeys'> {
  const region = check(values, 'region', /^[a-z]{2,}(-[a-z]+)+-\d+$/, 'a region such as eu-west-1')
  const issuer = check(values, 'issuer', /^(own|aws)$/, 'own or aws') === 'aws' ? 'aws' : 'own'
  return {
    mode,
    publicUrl: readPublicUrl(values['public-url'], port),
    region,
    accountId: check(values, 'account-id', /^\d{12}$/, 'twelve digits') ?? '000000000000',
    issuer,
    domainSuffix:
      check(
        values,
        'domain-suffix',
        /^[a-z0-9.{}-]+$/,
        'a host name such as auth.example.org, {region} allowed in it',
      ) ?? 'auth.{region}.localhost',
    ...readFunctions(values, mode, document.functions),
    smtpUrl: check(values, 'smtp-url', /^smtps?:\/\/\S+$/, 'an address such as smtp://user:password@host:587', false),
    mailFrom:
      check(values, 'mail-from', /^[^\r\n]*[^\s@]+@[^\s@]+$/, 'an e-mail address') ?? 'no-reply@verificationemail.com',
    limits: readLimits(values.limits),
    textGateway: readTexts(values, region, mode),
    codeKey: values['code-key-file'] && readKey(values['code-key-file'], codeKeyHow),
    outboundAllow: readAllowed(values['outbound-allow']),
    templates: values.templates && readFolder(values.templates),
    trustedProxies: readProxies(values['trusted-proxies']),
  }
}

/** The configuration of `poolhouse start`: what has no safe default must be there. */
export function readProduction(values: Values, port: number, document?: Pick<Document, 'functions'>): Config {
  const [common, masterKey, accessKeys] = readAll(
    () => readCommon(values, port, 'production', document),
    () => readMasterKey(values['master-key-file']),
    () => readAccessKeys(values['access-keys-file']),
  )
  return { ...common, masterKey, accessKeys }
}

/** A master key as base64. */
export function readMasterKey(given: Given | undefined): Uint8Array {
  const how =
    'Make one with:\n\n  export POOLHOUSE_MASTER_KEY="$(openssl rand -base64 32)"\n\nand keep it: without it the data cannot be read.'
  if (!given) throw new UsageError(`There is no master key: set POOLHOUSE_MASTER_KEY, or --master-key-file. ${how}`)
  return readKey(given, how)
}

const codeKeyHow = 'Make one with:\n\n  export POOLHOUSE_CODE_KEY="$(openssl rand -base64 32)"'

function readKey(given: Given, how: string): Uint8Array {
  const key = Buffer.from(given.value, 'base64')
  if (!/^[\w+/-]{43}=?$/.test(given.value) || key.length !== 32)
    throw new UsageError(`${given.from} does not hold 32 bytes in base64. ${how}`)
  return key
}

function readTexts(values: Values, region: string | undefined, mode: Config['mode']): Config['textGateway'] {
  readRemote(values['sms-url'], mode)
  const texts = Object.fromEntries(Object.entries(values).map(([name, given]) => [name, given.value]))
  return readTextGateway(texts, region, (name, wanted) => {
    const given = values[name]
    return given ? wrong('…', given.from, wanted) : new UsageError(`--${name} is not set; it must be ${wanted}.`)
  })
}

function readAccessKeys(given: Given | undefined): AccessKey[] {
  const how = 'Make one with:\n\n  export POOLHOUSE_ACCESS_KEYS="admin:$(openssl rand -hex 20)"'
  if (!given)
    throw new UsageError(
      `There are no access keys for the signed API: set POOLHOUSE_ACCESS_KEYS, or --access-keys-file. ${how}`,
    )
  return given.value.split(/[,\n]/).map((pair) => {
    const [, id, secret] = /^\s*([\w-]{1,128}):(\S+)\s*$/.exec(pair) ?? []
    if (id === undefined || secret === undefined)
      throw new UsageError(`${given.from} is not a list of id:secret, separated by commas. ${how}`)
    if (secret.length < 16)
      throw new UsageError(`The secret of the access key ${id} is too short to keep anybody out. ${how}`)
    return { id, secret }
  })
}

function readPublicUrl(given: Given | undefined, port: number): string {
  if (!given) return `http://localhost:${port}`
  const url = URL.parse(given.value)
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username)
    throw wrong(given.value, given.from, 'an address without a path, such as https://login.example.org')
  return url.origin
}

function readFunctions(
  values: Values,
  mode: Config['mode'],
  functionUrls: Document['functions'],
): Pick<Config, 'functions' | 'functionUrls' | 'functionsUrl' | 'lambdaEndpoint'> {
  for (const [name, value] of Object.entries(functionUrls ?? {}))
    readRemote({ value, from: `"${name}" of "functions" in the configuration file` }, mode)
  const functionsUrl = readRemote(values['functions-url'], mode)
  const lambdaEndpoint = readRemote(values['lambda-endpoint'], mode)
  if (functionsUrl !== undefined && lambdaEndpoint !== undefined)
    throw new UsageError(
      '--functions-url and --lambda-endpoint exclude each other: both stand for all other functions.',
    )
  return { functions: readFolder(values.functions), functionUrls, functionsUrl, lambdaEndpoint }
}

function readFolder(given: Given | undefined): string | undefined {
  if (!given) return existsSync('functions') ? 'functions' : undefined
  if (!statSync(given.value, { throwIfNoEntry: false })?.isDirectory()) throw wrong(given.value, given.from, 'a folder')
  return given.value
}

/** An address that users' data goes to: by TLS, but on this machine and in development. It may hold a password. */
function readRemote(given: Given | undefined, mode: Config['mode']): string | undefined {
  if (!given) return undefined
  const url = URL.parse(given.value.replaceAll(/\{\w+\}/g, 'x'))
  const local = url?.protocol === 'http:' && (mode === 'development' || isLoopback(url.hostname))
  if (!url || url.hash || !(url.protocol === 'https:' || local)) throw wrong('…', given.from, 'an https:// address')
  return given.value
}

function readProxies(given: Given | undefined): string[] {
  const proxies = given?.value.split(',').map((address) => address.trim()) ?? []
  const foreign = proxies.find((address) => isIP(address) === 0)
  if (given && foreign !== undefined) throw wrong(foreign, given.from, 'IP addresses, separated by commas')
  return proxies
}

/** Exact hosts, addresses and networks; no wildcards, which match more than is meant. */
function readAllowed(given: Given | undefined): string[] | undefined {
  const entries = given?.value.split(',').map((entry) => entry.trim())
  const wrongOne = entries?.find((entry) => {
    const [address = '', bits, ...more] = entry.split('/')
    const family = isIP(address)
    if (family === 0) return !/^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(entry)
    return more.length > 0 || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  })
  if (given && wrongOne !== undefined)
    throw wrong(wrongOne, given.from, 'hosts, addresses and networks such as 10.1.0.0/16, separated by commas')
  return entries
}

function check(values: Values, name: SettingName, pattern: RegExp, wanted: string, shown = true): string | undefined {
  const given = values[name]
  if (given && !pattern.test(given.value)) throw wrong(shown ? given.value : '…', given.from, wanted)
  return given?.value
}

function wrong(value: string, from: string, wanted: string): UsageError {
  return new UsageError(`${from} is "${value}"; it must be ${wanted}.`)
}

function readLimits(given: Given | undefined): Limits | undefined {
  if (!given) return undefined
  const pairs = given.value.split(',').map((pair) => /^\s*([A-Z][A-Za-z]+)\s*=\s*(\d{1,9})\s*$/.exec(pair))
  if (pairs.some((pair) => !pair || !limitedActions.has(pair[1] ?? '')))
    throw wrong(given.value, given.from, `limits such as ForgotPassword=10, of ${[...limitedActions].join(', ')}`)
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]))
}
