import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createOutbound, isOutboundUrl, OutboundRefused } from './outbound.ts'
import { AnswerTooLarge, RequestTimeout } from './request.ts'

/** What names resolve to in these tests; a list of lists answers one lookup after the other. */
const names = vi.hoisted(() => new Map<string, { address: string; family: number }[][]>())

vi.mock('node:dns', async (original) => ({
  ...(await original<typeof import('node:dns')>()),
  lookup: (name: string, _: object, callback: (error: Error | null, found?: object) => void) => {
    const answers = names.get(name)
    const answer = (answers?.length ?? 0) > 1 ? answers?.shift() : answers?.[0]
    callback(answer ? null : new Error('ENOTFOUND'), answer)
  },
}))

const v4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }))
const v6 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 6 }))

/** A server on loopback that counts who comes. */
async function target(answer: (path: string, response: import('node:http').ServerResponse) => void) {
  let connections = 0
  const server = createServer((request, response) => answer(request.url ?? '', response))
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

function outbound(config: Parameters<typeof createOutbound>[0]) {
  const made = createOutbound(config)
  onTestFinished(() => made.close())
  return made
}

const production = { mode: 'production' } as const
const development = { mode: 'development' } as const
const get = (url: string) => ({ method: 'GET', url: new URL(url), headers: {} })

// biome-ignore format: a table
const refused: [id: string, url: string][] = [
  ['SS1',  'https://127.0.0.1/'],
  ['SS1',  'https://2130706433/'],
  ['SS1',  'https://0x7f000001/'],
  ['SS1',  'https://0177.0.0.1/'],
  ['SS1',  'https://127.1/'],
  ['SS1',  'https://１２７.０.０.１/'],
  ['SS1',  'https://127.0.0.1./'],
  ['SS2',  'https://[::1]/'],
  ['SS2',  'https://[::]/'],
  ['SS2',  'https://0.0.0.0/'],
  ['SS2',  'https://[::ffff:7f00:1]/'],
  ['SS2',  'https://[::ffff:127.0.0.1]/'],
  ['SS2',  'https://[::127.0.0.1]/'],
  ['SS2',  'https://[64:ff9b::7f00:1]/'],
  ['SS2',  'https://[64:ff9b:1::7f00:1]/'],
  ['SS2',  'https://[2002:7f00:1::]/'],
  ['SS2',  'https://[2001:0:7f00:1::]/'],
  ['SS2',  'https://[fe80::1]/'],
  ['SS2',  'https://[fc00::1]/'],
  ['SS2',  'https://[fd00:ec2::254]/'],
  ['SS2',  'https://[ff02::1]/'],
  ['SS2',  'https://[100::1]/'],
  ['SS2',  'https://169.254.169.254/latest/meta-data/'],
  ['SS2',  'https://100.100.100.200/'],
  ['SS2',  'https://100.64.0.1/'],
  ['SS2',  'https://10.0.0.1/'],
  ['SS2',  'https://172.16.0.1/'],
  ['SS2',  'https://172.31.255.255/'],
  ['SS2',  'https://192.168.1.1/'],
  ['SS2',  'https://192.0.0.1/'],
  ['SS2',  'https://198.18.0.1/'],
  ['SS2',  'https://224.0.0.1/'],
  ['SS2',  'https://255.255.255.255/'],
  ['SS4',  'https://user@public.example/'],
  ['SS4',  'https://user:password@public.example/'],
  ['SS4',  'https://public.example@127.0.0.1/'],
  ['SS6',  'http://public.example/'],
  ['SS6',  'ftp://public.example/'],
  ['SS6',  'file:///etc/passwd'],
  ['SS6',  'data:,x'],
  ['SS7',  'https://public.example:22/'],
  ['SS7',  'https://public.example:25/'],
  ['SS7',  'https://public.example:5432/'],
  ['SS7',  'https://public.example:6379/'],
]
test.each(refused)('%s: production sends nothing to %s, and takes it for no setting', async (_, url) => {
  names.set('public.example', [v4('93.184.215.14')])
  await expect(outbound(production).send(get(url))).rejects.toThrow(OutboundRefused)
  expect(isOutboundUrl(production, url)).toBe(false)
})

// biome-ignore format: a table
const resolved: [title: string, answer: { address: string; family: number }[]][] = [
  ['loopback',                        v4('127.0.0.1')],
  ['a private network',               v4('10.0.0.7')],
  ['a private network among others',  v4('93.184.215.14', '10.0.0.7')],
  ['the metadata of a cloud',         v4('169.254.169.254')],
  ['loopback by IPv6',                v6('::1')],
  ['IPv4 inside IPv6',                v6('::ffff:127.0.0.1')],
  ['nothing',                         []],
]
test.each(resolved)('SS3: a name that is %s is not connected to', async (_, answer) => {
  names.set('sly.example', [answer])
  await expect(outbound(production).send(get('https://sly.example/'))).rejects.toThrow('The address cannot be used')
})

test('SS3: a name that changes its mind is asked once', async () => {
  const { port, connections } = await target((_, response) => response.end('inside'))
  const lookups = [v4('93.184.215.14'), v4('127.0.0.1')]
  names.set('rebind.example', lookups)
  // The public address of the first answer is connected to, and there is no way there from here.
  const sent = outbound(production).send({ ...get(`https://rebind.example:${port}/`), milliseconds: 300 })
  await expect(sent).rejects.toThrow()
  expect(connections()).toBe(0)
  expect(lookups).toHaveLength(1)
})

test('SS5: a redirect is an answer, and not followed', async () => {
  const inside = await target((_, response) => response.end('inside'))
  const { port } = await target((_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end(),
  )
  expect((await outbound(development).send(get(`http://127.0.0.1:${port}/`))).status).toBe(302)
  expect(inside.connections()).toBe(0)
})

test('SS8: an endless answer and a slow one are cut off', async () => {
  const { port } = await target((path, response) => {
    response.writeHead(200)
    if (path === '/slow') return
    const more = () => {
      if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), more)
    }
    more()
  })
  const { send } = outbound(development)
  await expect(send(get(`http://127.0.0.1:${port}/endless`))).rejects.toThrow(AnswerTooLarge)
  await expect(send({ ...get(`http://127.0.0.1:${port}/slow`), milliseconds: 200 })).rejects.toThrow(RequestTimeout)
})

test('SS9: whatever is wrong with an address is said in one sentence', async () => {
  names.set('private.example', [v4('10.0.0.7')])
  for (const url of ['https://10.0.0.7/', 'https://private.example/', 'https://169.254.169.254/', 'ftp://x.example/'])
    await expect(outbound(production).send(get(url))).rejects.toThrow(/^The address cannot be used$/)
})

test('SS11: proxies of the environment are not asked', async () => {
  const proxy = await target((_, response) => response.end('proxied'))
  const { port } = await target((_, response) => response.end('direct'))
  vi.stubEnv('http_proxy', `http://127.0.0.1:${proxy.port}`)
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await outbound(development).send(get(`http://127.0.0.1:${port}/`))).body).toBe('direct')
  expect(proxy.connections()).toBe(0)
})

test('development reaches this machine, and no metadata', async () => {
  const { port } = await target((_, response) => response.end('here'))
  names.set('local.example', [v4('127.0.0.1')])
  const { send } = outbound(development)
  expect((await send(get(`http://local.example:${port}/`))).body).toBe('here')
  for (const url of ['http://169.254.169.254/', 'http://[fe80::1]/', 'http://100.64.0.1/'])
    await expect(send(get(url))).rejects.toThrow(OutboundRefused)
})

test('SS12: an operator allows hosts and networks, exactly', async () => {
  const config = { ...production, outboundAllow: ['idp.corp', '10.1.0.0/16', '127.0.0.1'] }
  const { port, connections } = await target((_, response) => response.end())
  names.set('idp.corp', [v4('127.0.0.1')])
  names.set('evilidp.corp', [v4('10.2.0.1')])
  names.set('idp.corp.evil.example', [v4('10.2.0.1')])
  const { send } = outbound(config)
  // Allowed, and so connected to: there is no TLS behind it.
  await expect(send(get(`https://idp.corp:${port}/`))).rejects.not.toThrow(OutboundRefused)
  expect(connections()).toBe(1)
  for (const url of [
    'https://evilidp.corp/',
    'https://idp.corp.evil.example/',
    'https://10.2.0.1/',
    'https://127.0.0.2/',
  ])
    await expect(send(get(url))).rejects.toThrow(OutboundRefused)
  expect(isOutboundUrl(config, 'https://10.1.2.3/')).toBe(true)
  // What is allowed is still spoken to by TLS alone.
  expect(isOutboundUrl(config, 'http://10.1.2.3/')).toBe(false)
})

test('a trusted name that turns to the metadata of a cloud is not followed there', async () => {
  names.set('idp.corp', [v4('169.254.169.254')])
  const { send } = outbound({ ...production, outboundAllow: ['idp.corp'] })
  await expect(send(get('https://idp.corp/'))).rejects.toThrow(OutboundRefused)
})
