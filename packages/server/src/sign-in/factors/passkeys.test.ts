import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Bent, type SoftAuthenticator, softAuthenticator } from '../../../test/authenticator.ts'
import { type Cbor, cbor } from '../../../test/cbor.ts'
import { eachStore } from '../../../test/databases.ts'
import { inviteUser } from '../../directory/accounts.ts'
import { makeDomain } from '../../settings/domains.ts'
import { makePool } from '../../settings/pools.ts'
import type { Db } from '../../store/db.ts'
import { createPasskey } from '../../store/factors/passkeys.ts'
import { findPool, type Pool, type PoolSettings, updatePool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import { type TestWorld, testWorld } from '../../world/test.ts'
import {
  askPasskey,
  deletePasskey,
  finishRegistration,
  listPasskeys,
  provePasskey,
  startRegistration,
} from './passkeys.ts'
import { relyingParty } from './relying-party.ts'

const minute = 60_000
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A pool where passkeys are a first factor. */
async function passkeyPool(db: Db, world: TestWorld, configuration: PoolSettings['WebAuthnConfiguration'] = {}) {
  const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'p' })
  const settings: PoolSettings = {
    ...pool.settings,
    Policies: { ...pool.settings.Policies, SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    WebAuthnConfiguration: configuration,
  }
  await updatePool(db, { ...pool, settings }, world.now())
  const stored = await findPool(db, pool.id)
  if (!stored) throw new Error('no pool')
  const invite = (username: string) =>
    inviteUser(db, world, stored, { username, attributes: { name: 'Ada L.' }, action: 'SUPPRESS' })
  return { pool: stored, ada: await invite('ada'), bob: await invite('bob') }
}

eachStore('passkeys', (open) => {
  const world = testWorld()
  let db: Db
  beforeAll(async () => {
    db = await open()
  })

  async function register(pool: Pool, user: User, key: SoftAuthenticator, bent: Bent = {}): Promise<void> {
    await finishRegistration(db, world, pool, user, key.create(await startRegistration(db, world, pool, user), bent))
  }

  /** A user with a passkey, who is asked for it. */
  async function asked(configuration: PoolSettings['WebAuthnConfiguration'] = {}, counts = false) {
    const made = await passkeyPool(db, world, configuration)
    const key = softAuthenticator({ counts })
    await register(made.pool, made.ada, key)
    const { options, challenge } = await askPasskey(db, world, made.pool, made.ada)
    const prove = (given: unknown, { pool = made.pool, user = made.ada, against = challenge } = {}) =>
      provePasskey(db, world, pool, user, given, against)
    return { ...made, key, options, challenge, prove }
  }

  const wrong = { right: false, userVerified: false }

  test('the options to register name the relying party and the person as AWS does', async () => {
    const { pool, ada } = await passkeyPool(db, world)
    expect(await startRegistration(db, world, pool, ada)).toEqual({
      authenticatorSelection: { requireResidentKey: true, residentKey: 'required', userVerification: 'preferred' },
      challenge: expect.stringMatching(/^[\w-]{48}$/),
      excludeCredentials: [],
      pubKeyCredParams: [
        { alg: -7, type: 'public-key' },
        { alg: -257, type: 'public-key' },
      ],
      rp: { id: 'localhost', name: 'localhost' },
      timeout: 60_000,
      user: { displayName: 'Ada L.', id: Buffer.from(ada.id).toString('base64url'), name: 'ada' },
    })
  })

  test.each(['ES256', 'RS256'] as const)(
    'a passkey of %s: made, listed, excluded, proven, deleted',
    async (algorithm) => {
      const { pool, ada, bob } = await passkeyPool(db, world)
      const key = softAuthenticator({ algorithm })
      await register(pool, ada, key, { aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4' })
      expect(await listPasskeys(db, ada)).toMatchObject([
        {
          id: key.id,
          name: 'Google Password Manager',
          relyingParty: 'localhost',
          attachment: 'platform',
          transports: ['internal', 'hybrid'],
          createdAt: world.now(),
        },
      ])
      const { excludeCredentials } = await startRegistration(db, world, pool, ada)
      expect(excludeCredentials).toEqual([{ id: key.id, type: 'public-key' }])
      const { options, challenge } = await askPasskey(db, world, pool, ada)
      expect(options).toEqual({
        challenge,
        timeout: 60_000,
        rpId: 'localhost',
        allowCredentials: [{ id: key.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
        userVerification: 'preferred',
      })
      const answer = key.get(options)
      expect(await provePasskey(db, world, pool, ada, answer, challenge)).toEqual({ right: true, userVerified: true })
      // AWS's CREDENTIAL is text.
      expect(await provePasskey(db, world, pool, ada, JSON.stringify(answer), challenge)).toMatchObject({ right: true })
      const unverified = key.get(options, { userVerified: false })
      expect(await provePasskey(db, world, pool, ada, unverified, challenge)).toEqual({
        right: true,
        userVerified: false,
      })
      expect(await deletePasskey(db, bob, key.id)).toBe(false)
      expect(await deletePasskey(db, ada, key.id)).toBe(true)
      expect(await provePasskey(db, world, pool, ada, answer, challenge)).toEqual(wrong)
    },
  )

  describe('registration refuses', () => {
    const fixedId = 'YWJjZGVmZ2hpamtsbW5vcA'
    const offCurve = new Map<Cbor, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.alloc(32, 1)], [-3, Buffer.alloc(32, 2)]]) // biome-ignore format: a key
    const keyWith = (changes: [Cbor, Cbor][]) => new Map<Cbor, Cbor>([...offCurve, ...changes])
    const unfit = 'WebAuthnCredentialNotSupported'
    const cases: [string, Bent, string][] = [
      ['another challenge (WA1)', { challenge: randomBytes(36).toString('base64url') }, 'WebAuthnChallengeNotFound'],
      ['an empty challenge', { challenge: '' }, 'WebAuthnChallengeNotFound'],
      ['the answer of a sign-in (WA4)', { type: 'webauthn.get' }, 'InvalidParameter'],
      ['another site (WA5)', { origin: 'https://evil.example' }, 'WebAuthnOriginNotAllowed'],
      ['a site that ends alike', { origin: 'https://evil-localhost' }, 'WebAuthnOriginNotAllowed'],
      ['a site that begins alike', { origin: 'http://localhost.evil.example' }, 'WebAuthnOriginNotAllowed'],
      ['the null origin', { origin: 'null' }, 'WebAuthnOriginNotAllowed'],
      ['an origin with a path', { origin: 'http://localhost:9501/' }, 'WebAuthnOriginNotAllowed'],
      ['a frame of another site', { clientData: { crossOrigin: true } }, 'WebAuthnOriginNotAllowed'],
      ['a named frame', { clientData: { topOrigin: 'https://evil.example' } }, 'WebAuthnOriginNotAllowed'],
      ['another relying party (WA6)', { rpId: 'evil.example' }, 'WebAuthnRelyingPartyMismatch'],
      ['nobody being there (WA7)', { userPresent: false }, unfit],
      ['another id than the authenticator gave', { id: fixedId }, unfit],
      ['an algorithm that was not offered (WA13)', { publicKey: new Map<Cbor, Cbor>([[1, 1], [3, -8], [-1, 6], [-2, Buffer.alloc(32, 9)]]) }, unfit],
      ['the algorithm none', { publicKey: keyWith([[3, 0]]) }, unfit],
      ['no algorithm', { publicKey: new Map<Cbor, Cbor>([[1, 2], [-1, 1], [-2, Buffer.alloc(32)], [-3, Buffer.alloc(32)]]) }, unfit],
      ['a point off the curve', { publicKey: offCurve }, unfit],
      ['a point of another curve', { publicKey: keyWith([[-1, 2]]) }, unfit],
      ['a short coordinate', { publicKey: keyWith([[-2, Buffer.alloc(31, 1)]]) }, unfit],
      ['a symmetric key', { publicKey: new Map<Cbor, Cbor>([[1, 4], [3, -7], [-1, Buffer.alloc(32)]]) }, unfit],
      ['a key that says everything twice', { publicKey: [...offCurve, ...offCurve] }, unfit],
      ['a lie about the attestation (WA14)', { format: 'packed', statement: new Map<Cbor, Cbor>([['alg', -7], ['sig', Buffer.alloc(70, 1)]]) }, unfit],
      ['an attestation with certificates', { format: 'packed', statement: new Map<Cbor, Cbor>([['alg', -7], ['sig', Buffer.alloc(70)], ['x5c', Buffer.alloc(9)]]) }, unfit],
      ['an attestation of a phone', { format: 'android-key' }, unfit],
      ['an unknown attestation', { format: 'fido-u2f' }, unfit],
      ['none with a statement', { statement: new Map<Cbor, Cbor>([['sig', 'x']]) }, unfit],
      ['no CBOR', { attestationObject: Buffer.from('ff', 'hex') }, unfit],
      ['CBOR without end', { attestationObject: Buffer.from('bf', 'hex') }, unfit],
      ['deep CBOR', { attestationObject: Buffer.alloc(12_000, 0x81) }, unfit],
      ['a map that claims four thousand million pairs', { attestationObject: Buffer.from('baffffffff', 'hex') }, unfit],
      ['too much CBOR', { attestationObject: Buffer.alloc(1 << 20, 0x60) }, 'InvalidParameter'],
      ['a huge extension (WA17)', { extensions: new Map<Cbor, Cbor>([['blob', Buffer.alloc(65_536)]]) }, 'InvalidParameter'],
      ['authenticator data with a tail', { attestationObject: cbor(new Map<Cbor, Cbor>([['fmt', 'none'], ['attStmt', new Map()], ['authData', Buffer.alloc(36)]])) }, unfit],
    ] // biome-ignore format: a table

    test.each(cases)('%s', async (_, bent, code) => {
      const { pool, ada } = await passkeyPool(db, world)
      const key = softAuthenticator()
      const options = await startRegistration(db, world, pool, ada)
      await expect(finishRegistration(db, world, pool, ada, key.create(options, bent))).rejects.toMatchObject({ code })
      expect(await listPasskeys(db, ada)).toEqual([])
      // An answer that was looked at burned the challenge, right or wrong.
      const honest = finishRegistration(db, world, pool, ada, key.create(options))
      if (code === 'InvalidParameter' && bent.type === undefined) await honest
      else await expect(honest).rejects.toMatchObject({ code: 'WebAuthnChallengeNotFound' })
    })

    test.each(['EdDSA', 'RS256-1024'] as const)('a real key of %s', async (algorithm) => {
      const { pool, ada } = await passkeyPool(db, world)
      await expect(register(pool, ada, softAuthenticator({ algorithm }))).rejects.toMatchObject({ code: unfit })
    })

    const honest = softAuthenticator().create({ challenge: 'abc' })
    const broken: [string, unknown][] = [
      ['nothing', undefined], ['null', null], ['a number', 7], ['a list', []], ['an empty record', {}],
      ['text that is no JSON', '{'], ['no type', { ...honest, type: undefined }], ['another type', { ...honest, type: 'password' }],
      ['no id', { ...honest, id: undefined }], ['an id that is a list', { ...honest, id: ['a'] }],
      ['two ids', { ...honest, rawId: 'YWJj' }], ['a padded id', { ...honest, id: 'YQ==', rawId: 'YQ==' }],
      ['a huge id', { ...honest, id: 'a'.repeat(1365), rawId: 'a'.repeat(1365) }], ['no response', { ...honest, response: undefined }],
      ['no client data', { ...honest, response: { ...honest.response, clientDataJSON: undefined } }],
      ['client data that is no JSON', { ...honest, response: { ...honest.response, clientDataJSON: 'YWJj' } }],
      ['client data that is null', { ...honest, response: { ...honest.response, clientDataJSON: b64(null) } }],
      ['client data of numbers', { ...honest, response: { ...honest.response, clientDataJSON: b64({ type: 1, challenge: 2, origin: 3 }) } }],
      ['huge client data', { ...honest, response: { ...honest.response, clientDataJSON: b64({ type: 'a'.repeat(5000) }) } }],
      ['no attestation', { ...honest, response: { ...honest.response, attestationObject: undefined } }],
      ['attestation in base64', { ...honest, response: { ...honest.response, attestationObject: 'ab+/' } }],
      ['the answer of a sign-in', softAuthenticator().get({ challenge: 'abc' })],
    ] // biome-ignore format: a table
    test.each(broken)('what is no credential: %s', async (_, given) => {
      const { pool, ada } = await passkeyPool(db, world)
      await expect(finishRegistration(db, world, pool, ada, given)).rejects.toMatchObject({ code: 'InvalidParameter' })
    })

    test('a challenge of another user, pool, client, or time', async () => {
      const { pool, ada, bob } = await passkeyPool(db, world)
      const key = softAuthenticator()
      const missing = { code: 'WebAuthnChallengeNotFound' }
      const mine = await startRegistration(db, world, pool, ada)
      await startRegistration(db, world, pool, bob)
      await expect(finishRegistration(db, world, pool, bob, key.create(mine))).rejects.toMatchObject(missing)
      const other = await passkeyPool(db, world)
      await expect(finishRegistration(db, world, other.pool, other.ada, key.create(mine))).rejects.toMatchObject(
        missing,
      )

      const replaced = await startRegistration(db, world, pool, ada)
      const late = await startRegistration(db, world, pool, ada)
      world.tick(5 * minute)
      await expect(finishRegistration(db, world, pool, ada, key.create(late))).rejects.toMatchObject(missing)
      await expect(finishRegistration(db, world, pool, ada, key.create(replaced))).rejects.toMatchObject(missing)

      const began = await startRegistration(db, world, pool, ada, { clientId: 'one' })
      await expect(
        finishRegistration(db, world, pool, ada, key.create(began), { clientId: 'two' }),
      ).rejects.toMatchObject({ code: 'WebAuthnClientMismatch' })
      const again = await startRegistration(db, world, pool, ada, { clientId: 'one' })
      world.tick(5 * minute - 1)
      await finishRegistration(db, world, pool, ada, key.create(again), { clientId: 'one' })
      expect(await listPasskeys(db, ada)).toHaveLength(1)
    })

    test('a passkey that somebody has, and the twenty-first', async () => {
      const { pool, ada, bob } = await passkeyPool(db, world)
      const key = softAuthenticator()
      await register(pool, ada, key)
      await expect(register(pool, bob, key)).rejects.toMatchObject({ code: unfit })
      await expect(register(pool, ada, key)).rejects.toMatchObject({ code: unfit })
      const elsewhere = await passkeyPool(db, world)
      await register(elsewhere.pool, elsewhere.ada, key)
      for (let count = 2; count <= 20; count++) await register(pool, ada, softAuthenticator())
      await expect(startRegistration(db, world, pool, ada)).rejects.toMatchObject({ code: 'LimitExceeded' })
      expect(await listPasskeys(db, ada)).toHaveLength(20)
    })

    test('passkeys where they are no factor, and people who were not verified where the pool asks for it', async () => {
      const plain = await makePool(db, world, 'eu-west-1', { PoolName: 'plain' })
      const user = await inviteUser(db, world, plain, { username: 'ada', attributes: {}, action: 'SUPPRESS' })
      const off = { code: 'WebAuthnNotEnabled' }
      await expect(startRegistration(db, world, plain, user)).rejects.toMatchObject(off)
      await expect(finishRegistration(db, world, plain, user, {})).rejects.toMatchObject(off)
      const strict = await passkeyPool(db, world, { UserVerification: 'required' })
      const key = softAuthenticator()
      await expect(register(strict.pool, strict.ada, key, { userVerified: false })).rejects.toMatchObject({
        code: unfit,
      })
      await register(strict.pool, strict.ada, key)
    })
  })

  test('fifty answers to one registration at once: one passkey', async () => {
    const { pool, ada } = await passkeyPool(db, world)
    const options = await startRegistration(db, world, pool, ada)
    const keys = Array.from({ length: 50 }, () => softAuthenticator())
    const outcomes = await Promise.allSettled(
      keys.map((key) => finishRegistration(db, world, pool, ada, key.create(options))),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await listPasskeys(db, ada)).toHaveLength(1)
  })

  test('ten passkeys of a user at once, where three fit: three are stored', async () => {
    const { pool, ada } = await passkeyPool(db, world)
    const template = { poolId: pool.id, userId: ada.id, publicKey: '', counter: 0, name: '', relyingParty: 'localhost' }
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const passkey = { ...template, id: `${index}`, attachment: undefined, transports: [], createdAt: world.now() }
        return createPasskey(db, passkey, 3)
      }),
    )
    expect(outcomes.sort()).toEqual([...Array(3).fill('created'), ...Array(7).fill('full')])
    expect(await listPasskeys(db, ada)).toHaveLength(3)
  })

  describe('a sign-in is not proven by', () => {
    const cases: [string, Bent][] = [
      ['another challenge (WA1)', { challenge: randomBytes(32).toString('base64url') }],
      ['the answer of a registration (WA4)', { type: 'webauthn.create' }],
      ['http of another host (WA5)', { origin: 'http://evil.example' }],
      ['a look-alike', { origin: 'https://loca1host' }],
      ['a frame of another site', { clientData: { crossOrigin: true } }],
      ['a named frame', { clientData: { crossOrigin: true, topOrigin: 'http://localhost:9501' } }],
      ['a frame that is not said to be one', { clientData: { topOrigin: 'http://localhost:9501' } }],
      ['another relying party (WA6)', { rpId: 'evil.example' }],
      ['nobody being there (WA7)', { userPresent: false }],
      ['the account of somebody else (WA12)', { userHandle: Buffer.from('somebody').toString('base64url') }],
      ['a signature with one bit changed', { signature: (given) => { given[10] = (given[10] ?? 0) ^ 1; return given } }],
      ['no signature to speak of', { signature: () => Buffer.of(0) }],
      ['a token binding that is none', { clientData: { tokenBinding: 'x' } }],
    ] // biome-ignore format: a table
    test.each(cases)('%s', async (_, bent) => {
      const { key, options, prove } = await asked()
      expect(await prove(key.get(options, bent))).toEqual(wrong)
      expect(await prove(key.get(options))).toEqual({ right: true, userVerified: true })
    })

    test('the passkey of somebody else, under their name or their own (WA12)', async () => {
      const { pool, bob, options, challenge, prove, key } = await asked()
      const other = softAuthenticator()
      await register(pool, bob, other)
      expect(await prove(other.get(options))).toEqual(wrong)
      expect(await prove(other.get(options, { userHandle: null }))).toEqual(wrong)
      expect(await prove(other.get(options, { id: key.id, userHandle: null }))).toEqual(wrong)
      expect(await provePasskey(db, world, pool, bob, key.get(options, { userHandle: null }), challenge)).toEqual(wrong)
      expect(await prove(key.get(options, { userHandle: null }))).toMatchObject({ right: true })
    })

    test('a passkey that nobody has (WA15), nor the key that stands in for it', async () => {
      const { options, prove } = await asked()
      expect(await prove(softAuthenticator().get(options))).toEqual(wrong)
    })

    test('a passkey of another pool', async () => {
      const { options, key, challenge } = await asked()
      const other = await passkeyPool(db, world)
      const answer = key.get(options, { userHandle: null })
      expect(await provePasskey(db, world, other.pool, other.ada, answer, challenge)).toEqual(wrong)
    })

    test('a person who was not verified, where the pool asks for it (WA8)', async () => {
      const { key, options, prove } = await asked({ UserVerification: 'required' })
      expect(options.userVerification).toBe('required')
      expect(await prove(key.get(options, { userVerified: false }))).toEqual(wrong)
      expect(await prove(key.get(options))).toEqual({ right: true, userVerified: true })
    })

    test('a counter that stands or goes back (WA9), which is logged', async () => {
      const { key, options, prove } = await asked({}, true)
      expect(await prove(key.get(options, { counter: 7 }))).toMatchObject({ right: true })
      const before = world.lines.length
      for (const counter of [7, 6, 0]) expect(await prove(key.get(options, { counter }))).toEqual(wrong)
      expect(world.lines.slice(before).map(({ level, event }) => `${level} ${event}`)).toEqual(
        Array(3).fill('warn passkey counter went back'),
      )
      expect(await prove(key.get(options, { counter: 8 }))).toMatchObject({ right: true })
      expect(await prove(key.get(options, { counter: 2 ** 32 - 1 }))).toMatchObject({ right: true })
    })

    test('fifty copies of one answer with a counter: one is right', async () => {
      const { key, options, prove } = await asked({}, true)
      const answer = key.get(options)
      const answers = await Promise.all(Array.from({ length: 50 }, () => prove(answer)))
      expect(answers.filter(({ right }) => right)).toHaveLength(1)
    })

    test('what is no credential', async () => {
      const { key, options, prove } = await asked()
      const honest = key.get(options)
      const without = (name: string) => ({ ...honest, response: { ...honest.response, [name]: undefined } })
      for (const given of [
        undefined,
        'x',
        {},
        without('signature'),
        without('authenticatorData'),
        without('clientDataJSON'),
      ])
        await expect(prove(given)).rejects.toMatchObject({ code: 'InvalidParameter' })
      expect(await prove({ ...honest, response: { ...honest.response, authenticatorData: 'YWJj' } })).toEqual(wrong)
    })
  })

  test('who has no passkey, or is nobody, is asked alike and the same each time', async () => {
    const { pool, bob } = await passkeyPool(db, world)
    const nobody = { id: '6b3c2f6e-0000-4000-8000-000000000000' }
    for (const user of [bob, nobody]) {
      const [first, second] = [await askPasskey(db, world, pool, user), await askPasskey(db, world, pool, user)]
      expect(first.options.allowCredentials).toHaveLength(1)
      expect(first.options.allowCredentials).toEqual(second.options.allowCredentials)
      expect(first.challenge).not.toBe(second.challenge)
      const { id = '' } = first.options.allowCredentials[0] ?? {}
      const forged = softAuthenticator().get(first.options, { id })
      expect(await provePasskey(db, world, pool, user, forged, first.challenge)).toEqual(wrong)
    }
    expect((await askPasskey(db, world, pool, undefined)).options.allowCredentials).toEqual([])
  })

  describe('the relying party', () => {
    const production = testWorld({ config: { mode: 'production', publicUrl: 'https://login.example.com', domainSuffix: 'auth.{region}.example.com' } }) // biome-ignore format: one line

    test('is the one of the settings, else the custom domain, else the prefix domain, else nobody', async () => {
      const { pool } = await passkeyPool(db, world)
      await expect(relyingParty(db, production, pool)).rejects.toMatchObject({ code: 'WebAuthnConfigurationMissing' })
      await makeDomain(db, production, pool, `p-${pool.id.slice(-9).toLowerCase()}`, {})
      const prefix = `p-${pool.id.slice(-9).toLowerCase()}.auth.eu-west-1.example.com`
      expect((await relyingParty(db, production, pool)).id).toBe(prefix)
      const own = `login-${pool.id.slice(-9).toLowerCase()}.example.org`
      await makeDomain(db, production, pool, own, { CustomDomainConfig: { CertificateArn: 'arn' } })
      expect((await relyingParty(db, production, pool)).id).toBe(own)
      const settings = { ...pool.settings, WebAuthnConfiguration: { RelyingPartyId: 'example.org' } }
      expect((await relyingParty(db, production, { ...pool, settings })).id).toBe('example.org')
    })

    test('is localhost in development, whatever number the machine is called by', async () => {
      const numeric = testWorld({ config: { publicUrl: 'http://127.0.0.1:9500' } })
      const { pool } = await passkeyPool(db, world)
      await makeDomain(db, world, pool, `d-${pool.id.slice(-9).toLowerCase()}`, {})
      expect((await relyingParty(db, numeric, pool)).id).toBe('localhost')
    })

    const origins: [string, boolean, boolean][] = [
      ['https://example.org', true, true],
      ['https://www.example.org', true, true],
      ['https://a.b.example.org', true, true],
      ['http://example.org', false, false],
      ['https://example.org:8443', false, false],
      ['https://example.org.evil.example', false, false],
      ['https://evilexample.org', false, false],
      ['https://exam\u00adple.org', false, false],
      ['https://EXAMPLE.org', false, false],
      ['https://example.org/', false, false],
      ['https://user@example.org', false, false],
      ['https://xn--exmple-cua.org', false, false],
      ['ftp://example.org', false, false],
      ['android:apk-key-hash:abc', false, false],
      ['http://localhost:5173', false, false],
      ['null', false, false],
      ['', false, false],
    ]
    test.each(origins)('%s', async (origin, inProduction, inDevelopment) => {
      const { pool } = await passkeyPool(db, world, { RelyingPartyId: 'example.org' })
      expect((await relyingParty(db, production, pool)).allows(origin)).toBe(inProduction)
      expect((await relyingParty(db, world, pool)).allows(origin)).toBe(inDevelopment)
    })

    const local: [string, boolean][] = [
      ['http://localhost', true],
      ['http://localhost:5173', true],
      ['https://localhost:5173', true],
      ['http://shop.auth.eu-west-1.localhost:9500', true],
      ['http://127.0.0.1:5173', false],
      ['http://localhost.example.org', false],
      ['ws://localhost:5173', false],
    ]
    test.each(local)('on this machine: %s', async (origin, allowed) => {
      const { pool } = await passkeyPool(db, world)
      expect((await relyingParty(db, world, pool)).allows(origin)).toBe(allowed)
    })

    test('takes the port that the hosted pages stand on, in production', async () => {
      const ported = testWorld({ config: { mode: 'production', publicUrl: 'https://example.com:8443', domainSuffix: 'auth.example.com' } }) // biome-ignore format: one line
      const { pool } = await passkeyPool(db, world)
      const prefix = `q-${pool.id.slice(-9).toLowerCase()}`
      await makeDomain(db, ported, pool, prefix, {})
      const party = await relyingParty(db, ported, pool)
      expect(party.id).toBe(`${prefix}.auth.example.com`)
      expect(party.allows(`https://${prefix}.auth.example.com:8443`)).toBe(true)
      expect(party.allows(`https://${prefix}.auth.example.com:8444`)).toBe(false)
    })

    test('of old: its passkeys are neither asked for nor taken', async () => {
      const { pool, ada, key } = await asked()
      const moved = {
        ...pool,
        settings: { ...pool.settings, WebAuthnConfiguration: { RelyingPartyId: 'example.org' } },
      }
      const { options, challenge } = await askPasskey(db, world, moved, ada)
      expect(options.allowCredentials.map(({ id }) => id)).not.toContain(key.id)
      const answer = key.get(options, { origin: 'https://example.org', rpId: 'localhost' })
      expect(await provePasskey(db, world, moved, ada, answer, challenge)).toEqual(wrong)
    })
  })
})
