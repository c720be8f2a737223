import { inflateRawSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { eachStore } from '../../../../test/databases.ts'
import { listenHere } from '../../../../test/listen.ts'
import {
  type Answer,
  assertionXml,
  encode,
  encryptAssertion,
  metadataXml,
  type ProviderKey,
  pem,
  providerKey,
  responseXml,
  signXml,
} from '../../../../test/saml-provider.ts'
import { changeProvider, makeProvider } from '../../../settings/identity-providers.ts'
import { makePool, removePool } from '../../../settings/pools.ts'
import type { Db } from '../../../store/db.ts'
import { findIdentityProvider } from '../../../store/setup/identity-providers.ts'
import { type TestWorld, testWorld } from '../../../world/test.ts'
import { departToSaml, returnFromSaml } from './flow.ts'
import { samlCertificate } from './keys.ts'

const recipient = 'https://shop.auth.example/saml2/idpresponse'
const entityId = 'https://idp.example/metadata'
const signOn = 'https://idp.example/sso'
const hour = 3_600_000

let key: ProviderKey
let newKey: ProviderKey
let honest: string

beforeAll(async () => {
  ;[key, newKey] = await Promise.all([providerKey(testWorld().now()), providerKey(testWorld().now())])
  honest = metadataXml(entityId, signOn, [key.certificate], { signOut: 'https://idp.example/slo' })
})

/** Worlds of one test must not draw the same ids. */
let worlds = 0

async function build(
  db: Db,
  details: Readonly<Record<string, string>>,
  world = testWorld({ seed: `world ${worlds++}` }),
) {
  const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'house' })
  const provider = await makeProvider(db, world, pool, {
    ProviderName: 'Corp',
    ProviderType: 'SAML',
    ProviderDetails: details,
    AttributeMapping: { email: 'mail' },
  })
  /** A trip there; gives what is needed to answer. */
  const depart = async () => {
    const departed = await departToSaml(db, world, pool, provider, { recipient, state: 'state', fresh: false })
    return { ...departed, answer: (more: Partial<Answer> = {}) => answerOf(world, pool.id, departed.requestId, more) }
  }
  const back = (xml: string, requestId: string | undefined, by = provider) =>
    returnFromSaml(db, world, pool, by, { posted: encode(xml), requestId, recipient })
  return { world, pool, provider, depart, back }
}

function answerOf(world: TestWorld, poolId: string, requestId: string | undefined, more: Partial<Answer>): Answer {
  const audience = `urn:amazon:cognito:sp:${poolId}`
  return { requestId, now: world.now(), recipient, audience, issuer: entityId, nameId: 'ann', ...more }
}

const signed = (answer: Answer, by = key) => signXml(responseXml(answer, assertionXml(answer)), 'Response', { key: by })

const notTaken = 'Invalid samlResponse or relayState from identity provider'

eachStore('a sign-in at a SAML provider', (open) => {
  test('goes there with a request of ours and comes back with who it is', async () => {
    const { provider, pool, depart, back } = await build(await open(), { MetadataFile: honest })
    expect(provider.details).toEqual({
      MetadataFile: honest,
      SSORedirectBindingURI: signOn,
      SLORedirectBindingURI: 'https://idp.example/slo',
    })
    const { address, requestId, answer } = await depart()
    const url = new URL(address)
    expect(url.origin + url.pathname).toBe(signOn)
    expect(Object.fromEntries(url.searchParams)).toEqual({ SAMLRequest: expect.any(String), RelayState: 'state' })
    const request = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
    expect(request).toContain(` ID="${requestId}"`)
    expect(request).toContain(`<saml:Issuer>urn:amazon:cognito:sp:${pool.id}</saml:Issuer>`)
    const attributes = { mail: ['ann@example.com'], groups: ['a', 'b'] }
    expect(await back(signed(answer({ attributes })), requestId)).toEqual({
      identity: {
        provider: 'Corp',
        providerType: 'SAML',
        issuer: entityId,
        subject: 'ann',
        attributes: { mail: 'ann@example.com', groups: ['a', 'b'] },
      },
      sources: { samlResponse: { mail: 'ann@example.com', groups: 'a,b', NameID: 'ann' } },
      session: expect.objectContaining({ nameId: 'ann', sessionIndex: 'index-1' }),
    })
  })

  test('SM18 takes an assertion once: also of many at once, after a restart, and for another trip', async () => {
    const db = await open()
    const { depart, back, pool, provider } = await build(db, { MetadataFile: honest })
    const { requestId, answer } = await depart()
    const xml = signed(answer())
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => back(xml, requestId)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const restarted = returnFromSaml(db, testWorld(), pool, provider, { posted: encode(xml), requestId, recipient })
    await expect(restarted).rejects.toMatchObject({ code: 'InvalidRequest', message: notTaken })
    const again = await depart()
    await expect(back(xml, again.requestId)).rejects.toMatchObject({ message: notTaken })
  })

  test('SM19 a provider begins only where the owner of the pool lets it', async () => {
    const db = await open()
    const shut = await build(db, { MetadataFile: honest })
    const unasked = (house: typeof shut) => signed(answerOf(house.world, house.pool.id, undefined, {}))
    await expect(shut.back(unasked(shut), undefined)).rejects.toMatchObject({ message: notTaken })
    const opened = await build(db, { MetadataFile: honest, IDPInit: 'true' })
    expect((await opened.back(unasked(opened), undefined)).identity.subject).toBe('ann')
  })

  test("SM20 an assertion of one provider is not another's, nor another pool's", async () => {
    const db = await open()
    const { depart, back, world, pool } = await build(db, { MetadataFile: honest })
    const other = await makeProvider(db, world, pool, {
      ProviderName: 'Other',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadataXml('https://other.example', signOn, [key.certificate]) },
    })
    const { requestId, answer } = await depart()
    await expect(back(signed(answer()), requestId, other)).rejects.toMatchObject({ message: notTaken })
    const elsewhere = await build(db, { MetadataFile: honest })
    await expect(elsewhere.back(signed(answer()), requestId)).rejects.toMatchObject({ message: notTaken })
    expect((await back(signed(answer()), requestId)).identity.provider).toBe('Corp')
  })

  test('can be encrypted for the pool, and must be where the owner says so', async () => {
    const db = await open()
    const { depart, back, world, pool } = await build(db, { MetadataFile: honest, EncryptedResponses: 'true' })
    const certificate = await samlCertificate(db, world, pool, 'encryption')
    expect(await samlCertificate(db, world, pool, 'encryption')).toBe(certificate)
    expect(await samlCertificate(db, world, pool, 'signing')).not.toBe(certificate)
    const { requestId, answer } = await depart()
    await expect(back(signed(answer()), requestId)).rejects.toMatchObject({ message: notTaken })
    const sealed = encryptAssertion(signXml(assertionXml(answer()), 'Assertion', { key }), certificate)
    expect((await back(responseXml(answer(), sealed), requestId)).identity.subject).toBe('ann')
  })

  test('is asked for with a signature where either side wants one', async () => {
    const db = await open()
    const wanting = metadataXml(entityId, signOn, [key.certificate], { wantsSigned: true })
    const either: readonly Readonly<Record<string, string>>[] = [
      { MetadataFile: wanting },
      { MetadataFile: honest, RequestSigningAlgorithm: 'rsa-sha256' },
    ]
    for (const details of either) {
      const { depart, world, pool } = await build(db, details)
      const { address } = await depart()
      const [, query = ''] = address.split('?')
      const { verify, createPublicKey } = await import('node:crypto')
      const certificate = createPublicKey(pem(await samlCertificate(db, world, pool, 'signing')))
      const [text = '', signature = ''] = query.split('&Signature=')
      const value = Buffer.from(decodeURIComponent(signature), 'base64')
      expect(verify('sha256', Buffer.from(text), certificate, value)).toBe(true)
    }
  })

  test('many that want the first key at once get the same', async () => {
    const db = await open()
    const { world, pool } = await build(db, { MetadataFile: honest })
    const made = await Promise.all(Array.from({ length: 5 }, () => samlCertificate(db, world, pool, 'signing')))
    expect(new Set(made).size).toBe(1)
    const key = await db.selectFrom('saml_keys').select('private_sealed').executeTakeFirstOrThrow()
    expect(key.private_sealed).not.toContain('PRIVATE')
  })

  test('leaves nothing behind when the pool goes', async () => {
    const db = await open()
    const { depart, back, world, pool } = await build(db, { MetadataFile: honest })
    await samlCertificate(db, world, pool, 'signing')
    const { requestId, answer } = await depart()
    await back(signed(answer()), requestId)
    await removePool(db, pool)
    for (const table of ['saml_keys', 'saml_messages', 'saml_metadata', 'saml_sessions'] as const)
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([])
  })
})

eachStore('metadata at an address', (open) => {
  /** A provider's web server; `document` is what it says now, undefined that it is down. */
  async function serve() {
    const server = { document: honest as string | undefined, asked: 0 }
    const url = await listenHere((_request, response) => {
      server.asked += 1
      response.writeHead(server.document === undefined ? 503 : 200, { 'content-type': 'text/xml' })
      response.end(server.document)
    })
    return Object.assign(server, { address: `${url}/metadata.xml` })
  }

  test('is fetched when it is set, and every six hours: a new key is known in time', async () => {
    const server = await serve()
    const { depart, back, world } = await build(await open(), { MetadataURL: server.address })
    expect(server.asked).toBe(1)
    const first = await depart()
    await back(signed(first.answer()), first.requestId)
    expect(server.asked).toBe(2)
    server.document = metadataXml(entityId, signOn, [newKey.certificate])
    world.tick(5 * hour)
    const second = await depart()
    await expect(back(signed(second.answer(), newKey), second.requestId)).rejects.toMatchObject({ message: notTaken })
    world.tick(hour)
    const third = await depart()
    expect((await back(signed(third.answer(), newKey), third.requestId)).identity.subject).toBe('ann')
    await expect(back(signed(third.answer(), key), third.requestId)).rejects.toMatchObject({ message: notTaken })
    expect(server.asked).toBe(3)
  })

  test('that is down, or another one suddenly, changes nothing; it is not asked at every sign-in', async () => {
    const server = await serve()
    const { depart, world } = await build(await open(), { MetadataURL: server.address })
    await depart()
    world.tick(7 * hour)
    for (const document of [
      undefined,
      metadataXml('https://other.example', 'https://other.example/sso', [newKey.certificate]),
      '<x/>',
    ]) {
      server.document = document
      const before = server.asked
      await Promise.all([depart(), depart(), depart()])
      expect((await depart()).address).toContain(signOn)
      expect(server.asked).toBe(before + 1)
      world.tick(11 * 60_000)
    }
  })

  test('counts for the settings that it was fetched for', async () => {
    const db = await open()
    const server = await serve()
    const { depart, world, pool, provider } = await build(db, { MetadataURL: server.address })
    await depart()
    const moved = await serve()
    moved.document = metadataXml(entityId, 'https://moved.example/sso', [key.certificate])
    await changeProvider(db, world, pool, { ProviderName: 'Corp', ProviderDetails: { MetadataURL: moved.address } })
    const changed = await findIdentityProvider(db, pool.id, provider.name)
    const trip = await departToSaml(db, world, pool, changed!, { recipient, state: 's', fresh: false })
    expect(trip.address).toContain('https://moved.example/sso')
  })

  test('is refused where it cannot be had, in one sentence', async () => {
    const db = await open()
    const server = await serve()
    server.document = undefined
    const message = 'The SAML metadata cannot be fetched from MetadataURL.'
    for (const MetadataURL of [server.address, 'http://127.0.0.1:1/', 'https://idp.invalid/'])
      await expect(build(db, { MetadataURL })).rejects.toMatchObject({ code: 'InvalidParameter' })
    await expect(build(db, { MetadataURL: server.address })).rejects.toMatchObject({ message })
  })

  test('SS is not fetched from inside the network in production', async () => {
    const db = await open()
    const server = await serve()
    for (const MetadataURL of [
      server.address,
      server.address.replace('http:', 'https:'),
      'https://169.254.169.254/x',
      'file:///etc/passwd',
    ])
      await expect(
        build(db, { MetadataURL }, testWorld({ seed: MetadataURL, config: { mode: 'production' } })),
      ).rejects.toMatchObject({ code: 'InvalidParameter' })
    expect(server.asked).toBe(0)
  })
})

eachStore('the details of a SAML provider', (open) => {
  // biome-ignore format: a table
  const refused: readonly (readonly [string, () => Readonly<Record<string, string>>, string])[] = [
    ['no metadata',                () => ({}),                                                    'either MetadataURL or MetadataFile'],
    ['two metadata',               () => ({ MetadataFile: honest, MetadataURL: 'https://x.example' }), 'either MetadataURL or MetadataFile'],
    ['a member of another type',   () => ({ MetadataFile: honest, client_id: 'x' }),              'client_id is not known'],
    ['another algorithm',          () => ({ MetadataFile: honest, RequestSigningAlgorithm: 'rsa-sha1' }), 'must be rsa-sha256'],
    ['a switch that is neither',   () => ({ MetadataFile: honest, IDPInit: 'yes' }),              'IDPInit must be true or false'],
    ['sign-out with nowhere to',   () => ({ MetadataFile: metadataXml(entityId, signOn, [key.certificate]), IDPSignout: 'true' }), 'IDPSignout needs'],
    ['a file that is none',        () => ({ MetadataFile: 'https://idp.example/metadata' }),      'Invalid SAML document'],
    ['a file that is too long',    () => ({ MetadataFile: honest + ' '.repeat(200_000) }),        'Invalid ProviderDetails: MetadataFile'],
  ]
  test.each(refused)('are refused: %s', async (_title, details, why) => {
    await expect(build(await open(), details())).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining(why),
    })
  })

  test('are taken back as they are shown', async () => {
    const db = await open()
    const { world, pool, provider } = await build(db, { MetadataFile: honest, IDPSignout: 'True' })
    const shown = { ...provider.details, ActiveEncryptionCertificate: 'x' }
    const changed = await changeProvider(db, world, pool, { ProviderName: 'Corp', ProviderDetails: shown })
    expect(changed.details).toEqual(provider.details)
    const mapping = { ProviderName: 'Corp', AttributeMapping: { username: 'mail' } }
    await expect(changeProvider(db, world, pool, mapping)).rejects.toMatchObject({ code: 'InvalidParameter' })
  })
})
