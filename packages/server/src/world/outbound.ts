import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Config } from '../config.ts'
import { createRequester, type IncomingAnswer, type OutgoingRequest } from './request.ts'

/** A request to an address that stands in a pool's settings. */
export type OutboundRequest = Omit<OutgoingRequest, 'milliseconds' | 'limit'> &
  Partial<Pick<OutgoingRequest, 'milliseconds' | 'limit'>>

/** Sends requests to addresses that administrators of pools name, and nowhere into the operator's own network. */
export interface Outbound {
  /**
   * Gives the answer whatever its status. Throws OutboundRefused before anything is sent to an address that is not
   * public, RequestTimeout and AnswerTooLarge; redirections are not followed.
   */
  send(request: OutboundRequest): Promise<IncomingAnswer>
  close(): void
}

/** An address that nothing is sent to. One sentence for all of them, so that no answer maps a network. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused'
  constructor() {
    super('The address cannot be used')
  }
}

const defaultMilliseconds = 5_000
const defaultLimit = 64 * 1024

/**
 * The one way to addresses of a pool's settings (OWASP "Server Side Request Forgery Prevention"): https alone, a port that
 * web servers have, and a name whose every address is public. The connection goes to the very addresses that were looked
 * at, so that a name which changes its mind between the two gets nowhere. Development may also reach this machine and
 * private networks, by http too; an operator may name hosts and networks that are allowed.
 */
export function createOutbound(config: Pick<Config, 'mode' | 'outboundAllow'>): Outbound {
  const rules = rulesOf(config)
  const requester = createRequester(guardedLookup(rules))
  return {
    async send(request) {
      if (!isAllowed(rules, request.url)) throw new OutboundRefused()
      return requester.send({ milliseconds: defaultMilliseconds, limit: defaultLimit, ...request })
    },
    close: () => requester.close(),
  }
}

/** Whether an address could be sent to, as far as it can be told without asking for its name: to check a setting. */
export function isOutboundUrl(config: Pick<Config, 'mode' | 'outboundAllow'>, text: string): boolean {
  const url = URL.parse(text)
  // White space and control characters are dropped by URL parsers, so that what was checked is not what is used.
  return url !== null && !/[\s\p{C}\\]/u.test(text) && url.hash === '' && isAllowed(rulesOf(config), url)
}

interface Rules {
  readonly development: boolean
  readonly hosts: ReadonlySet<string>
  readonly networks: BlockList
}

function rulesOf({ mode, outboundAllow = [] }: Pick<Config, 'mode' | 'outboundAllow'>): Rules {
  const hosts = new Set<string>()
  const networks = new BlockList()
  for (const entry of outboundAllow) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address)
    if (family === 0) hosts.add(entry.toLowerCase())
    else networks.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6')
  }
  return { development: mode === 'development', hosts, networks }
}

/** Ports above 1023 where something other than a web server listens more often than not. */
const foreignPorts: ReadonlySet<number> = new Set([1433, 1521, 2049, 3306, 3389, 5432, 5672, 6379, 9042, 11211, 27017])

function isAllowed(rules: Rules, { protocol, hostname, port, username, password }: URL): boolean {
  if (username || password) return false
  if (protocol !== 'https:' && !(protocol === 'http:' && rules.development)) return false
  const number = Number(port || (protocol === 'https:' ? 443 : 80))
  if ((number < 1024 && number !== 443 && number !== 80) || foreignPorts.has(number)) return false
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 || isReachable(rules, address) || rules.hosts.has(hostname)
}

/** Looks a name up and lets no address through that is not to be reached; one such among several refuses them all. */
function guardedLookup(rules: Rules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const trusted = rules.hosts.has(hostname.toLowerCase())
      const [first] = addresses
      if (!first || !addresses.every(({ address }) => isReachable(rules, address, trusted)))
        return callback(new OutboundRefused(), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function isReachable(rules: Rules, address: string, trusted = false): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  if (rules.networks.check(address, family)) return true
  if (never.check(address, family)) return false
  if (trusted || isPublic(address, family)) return true
  return rules.development && own.check(address, family)
}

function isPublic(address: string, family: 'ipv4' | 'ipv6'): boolean {
  if (family === 'ipv4') return !special.check(address, family)
  // Everything outside 2000::/3 is special; an IPv4 address inside an IPv6 one is not what it says.
  return global.check(address, family) && !special.check(address, family)
}

function listOf(subnets: string): BlockList {
  const list = new BlockList()
  for (const subnet of subnets.trim().split(/\s+/)) {
    const [address = '', bits] = subnet.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** Link-local, where clouds keep their credentials: only an operator who writes the network down may reach it. */
const never = listOf('169.254.0.0/16 fe80::/10 fd00:ec2::/32 100.100.100.200/32')

/** This machine and private networks. */
const own = listOf('127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7')

/** Global unicast. */
const global = listOf('2000::/3')

/** What is not public (RFC 6890 and the IANA registries of special-purpose addresses). */
const special = listOf(`
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
  2001::/23 2001:db8::/32 2002::/16 3fff::/20
`)
