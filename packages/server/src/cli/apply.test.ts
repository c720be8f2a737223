import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { metadataXml, providerKey } from '../../test/saml-provider.ts'
import { verifyPassword } from '../directory/passwords/hash.ts'
import { findUserByAnyName } from '../directory/usernames.ts'
import { secretOf } from '../settings/clients.ts'
import { detailsOf } from '../settings/identity-providers.ts'
import type { Db } from '../store/db.ts'
import { listGroupsOfUser } from '../store/groups.ts'
import { findClient } from '../store/setup/clients.ts'
import { listDomains } from '../store/setup/domains.ts'
import { findIdentityProvider } from '../store/setup/identity-providers.ts'
import { findPool } from '../store/setup/pools.ts'
import { findResourceServer } from '../store/setup/resource-servers.ts'
import { testWorld } from '../world/test.ts'
import { applyDocument } from './apply.ts'
import { builtInDocument } from './built-in.ts'
import type { ClientEntry, Document, PoolEntry, ProviderEntry, UserEntry } from './document.ts'

const document = (change: Partial<PoolEntry> = {}): Document => ({
  pools: [{ Id: 'local_dev', PoolName: 'dev', ...change }],
})
const client: ClientEntry = { ClientId: 'web', ClientName: 'web', ClientSecret: 's'.repeat(24) }
const ada: UserEntry = { Username: 'ada', Password: 'Correct-horse-1' }

/** Everything that is stored, without the time of the last change. */
async function snapshot(db: Db) {
  const tables = [
    'pools',
    'pool_keys',
    'clients',
    'domains',
    'users',
    'aliases',
    'groups',
    'members',
    'outbox',
  ] as const
  const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()))
  return JSON.parse(JSON.stringify(rows), (name, value) =>
    name === 'updated_at' ? 0 : name === 'settings' ? JSON.parse(value) : value,
  )
}

const upstream = {
  ProviderName: 'Upstream',
  ProviderType: 'OIDC',
  ProviderDetails: {
    client_id: 'us',
    client_secret: 'secret',
    oidc_issuer: 'https://upstream.example',
    authorize_scopes: 'openid email',
    attributes_request_method: 'GET',
  },
  AttributeMapping: { email: 'email' },
} as const satisfies ProviderEntry

eachStore('poolhouse.json', (open) => {
  test('resource servers come before the clients that ask for their scopes, and are brought up to date', async () => {
    const db = await open()
    const world = testWorld()
    const withScopes = (Name: string, ...names: string[]): Document => {
      const Scopes = names.map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }))
      const machine: ClientEntry = {
        ...client,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: names.map((name) => `https://api.example.com/${name}`),
      }
      const ResourceServers = [{ Identifier: 'https://api.example.com', Name, Scopes }]
      return document({ ResourceServers, Clients: [machine] })
    }
    await applyDocument(db, world, withScopes('api', 'read'))
    await applyDocument(db, world, withScopes('API', 'read', 'write'))
    expect(await findResourceServer(db, 'local_dev', 'https://api.example.com')).toMatchObject({
      name: 'API',
      scopes: [{ name: 'read' }, { name: 'write' }],
    })
    await expect(
      applyDocument(db, world, document({ ResourceServers: [{ Identifier: ' ', Name: 'x' }] })),
    ).rejects.toThrow(/^pools\[0\]\.ResourceServers\[0\]: /)
  })

  test('a SAML provider is left alone that is as declared', async () => {
    const db = await open()
    const world = testWorld()
    const { certificate } = await providerKey(world.now())
    const MetadataFile = metadataXml('https://saml.example', 'https://saml.example/sso', [certificate])
    const saml = { ProviderName: 'Saml', ProviderType: 'SAML', ProviderDetails: { MetadataFile } } as const
    await applyDocument(db, world, document({ IdentityProviders: [saml] }))
    const before = await findIdentityProvider(db, 'local_dev', 'Saml')
    expect(before?.details).toMatchObject({ SSORedirectBindingURI: 'https://saml.example/sso' })
    world.tick(1_000)
    await applyDocument(db, world, document({ IdentityProviders: [saml] }))
    expect(await findIdentityProvider(db, 'local_dev', 'Saml')).toEqual(before)
  })

  test('identity providers are set up before the clients that name them, changed, and else left alone', async () => {
    const db = await open()
    const world = testWorld()
    const one = (change: Partial<ProviderEntry> = {}) =>
      document({
        IdentityProviders: [{ ...upstream, ...change }],
        Clients: [{ ...client, SupportedIdentityProviders: ['COGNITO', 'Upstream'] }],
      })
    await applyDocument(db, world, one())
    const before = await findIdentityProvider(db, 'local_dev', 'Upstream')
    expect(before).toMatchObject({ type: 'OIDC', mapping: { email: 'email', username: 'sub' } })
    world.tick(1_000)
    await applyDocument(db, world, one())
    expect(await findIdentityProvider(db, 'local_dev', 'Upstream')).toEqual(before)
    const secret = { ...upstream.ProviderDetails, client_secret: 'another' }
    await applyDocument(db, world, one({ ProviderDetails: secret, IdpIdentifiers: ['upstream.example'] }))
    const after = await findIdentityProvider(db, 'local_dev', 'Upstream')
    expect(after && detailsOf(world, after)).toEqual(secret)
    expect(after?.identifiers).toEqual(['upstream.example'])
    await expect(applyDocument(db, world, one({ ProviderType: 'Google' }))).rejects.toThrow(/another ProviderType/)
  })

  test('the built-in document is applied, and again without a trace', async () => {
    const db = await open()
    const world = testWorld()
    await applyDocument(db, world, builtInDocument)
    const pool = await findPool(db, 'local_dev')
    if (!pool) throw new Error('There is no pool')
    expect(pool).toMatchObject({ name: 'dev', region: 'eu-west-1', settings: { UsernameAttributes: ['email'] } })
    expect(await listDomains(db, 'local_dev')).toMatchObject([{ domain: 'dev' }])
    expect(await findClient(db, 'web')).toMatchObject({ poolId: 'local_dev', secretSealed: undefined })
    const user = await findUserByAnyName(db, pool, 'ada@example.com')
    expect(user).toMatchObject({ status: 'CONFIRMED', attributes: { email_verified: 'true' } })
    expect(await verifyPassword('Correct-horse-1', user?.passwordHash ?? '')).toMatchObject({ right: true })
    expect(await listGroupsOfUser(db, pool.id, user?.id ?? '', '', 10)).toMatchObject([{ name: 'admin' }])
    const before = await snapshot(db)
    world.tick(1_000)
    await applyDocument(db, world, builtInDocument)
    expect(await snapshot(db)).toEqual(before)
    expect(world.fired).toEqual([])
  })

  test('what changed in it is changed, users that exist are left alone', async () => {
    const db = await open()
    const world = testWorld()
    await applyDocument(db, world, document({ Clients: [client], Users: [ada] }))
    const pool = await findPool(db, 'local_dev')
    const before = pool && (await findUserByAnyName(db, pool, 'ada'))
    await applyDocument(
      db,
      world,
      document({
        PoolName: 'shop',
        AutoVerifiedAttributes: ['email'],
        Clients: [{ ...client, ClientName: 'shop', AccessTokenValidity: 2 }],
        Groups: [{ GroupName: 'staff' }],
        Users: [
          { ...ada, Password: 'Another-horse-2' },
          { Username: 'sam', Password: 'Correct-horse-1', Groups: ['staff'] },
        ],
      }),
    )
    const changed = await findPool(db, 'local_dev')
    if (!changed) throw new Error('There is no pool')
    expect(changed).toMatchObject({ name: 'shop', settings: { AutoVerifiedAttributes: ['email'] } })
    const web = await findClient(db, 'web')
    expect(web).toMatchObject({ name: 'shop', settings: { AccessTokenValidity: 2 } })
    expect(web && secretOf(world, web)).toBe('s'.repeat(24))
    expect(await findUserByAnyName(db, changed, 'ada')).toEqual(before)
    expect(await findUserByAnyName(db, changed, 'sam')).toMatchObject({ status: 'CONFIRMED' })
  })

  test('a user without a password is invited', async () => {
    const db = await open()
    const world = testWorld()
    const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }]
    const invited = document({ Users: [{ Username: 'ada', UserAttributes }] })
    await applyDocument(db, world, invited)
    await applyDocument(db, world, invited)
    expect(await db.selectFrom('outbox').select(['kind', 'recipient']).execute()).toEqual([
      { kind: 'AdminCreateUser', recipient: 'ada@example.com' },
    ])
  })

  test('three nodes that start at once agree', async () => {
    const db = await open()
    const nodes = ['a', 'b', 'c'].map((seed) => testWorld({ seed }))
    await Promise.all(nodes.map((world) => applyDocument(db, world, builtInDocument)))
    const count = async (table: 'pools' | 'pool_keys' | 'clients' | 'users' | 'members') =>
      (await db.selectFrom(table).selectAll().execute()).length
    expect(await count('pools')).toBe(1)
    expect(await count('pool_keys')).toBe(2)
    expect(await count('clients')).toBe(1)
    expect(await count('users')).toBe(2)
    expect(await count('members')).toBe(1)
  })
})

// biome-ignore format: a table
const wrong: [title: string, document: Document, message: RegExp][] = [
  ['a pool id that is none',       { pools: [{ Id: 'dev', PoolName: 'dev' }] },              /^pools\[0\]: 1 validation error.*userPoolId/],
  ['an empty pool name',           document({ PoolName: '' }),                               /^pools\[0\]: 2 validation errors.*poolName/],
  ['a client id that is none',     document({ Clients: [{ ...client, ClientId: 'a b' }] }),  /^pools\[0\].Clients\[0\]: 1 validation error.*clientId/],
  ['a callback that is none',      document({ Clients: [{ ...client, CallbackURLs: ['javascript:x'] }] }), /^pools\[0\].Clients\[0\]: /],
  ['a domain that is none',        document({ Domain: 'Not A Domain' }),                     /^pools\[0\].Domain: /],
  ['a weak password',              document({ Users: [{ ...ada, Password: 'weak' }] }),      /^pools\[0\].Users\[0\]: Password did not conform/],
  ['a group that is not declared', document({ Users: [{ ...ada, Groups: ['staff'] }] }),     /^pools\[0\].Users\[0\]: There is no group staff/],
  ['an unknown attribute',         document({ Users: [{ ...ada, UserAttributes: [{ Name: 'custom:x', Value: 'y' }] }] }), /^pools\[0\].Users\[0\]: .*custom:x/],
]

eachStore('a document that is refused', (open, store) => {
  if (store === 'sqlite')
    for (const [title, value, message] of wrong)
      test(title, async () => {
        await expect(applyDocument(await open(), testWorld(), value)).rejects.toThrow(message)
      })

  test('what cannot be changed is not ignored', async () => {
    const db = await open()
    const world = testWorld()
    await applyDocument(db, world, document({ Clients: [client], Domain: 'dev' }))
    const changes: [Document, RegExp][] = [
      [document({ UsernameAttributes: ['email'] }), /UsernameAttributes of the pool local_dev cannot be changed/],
      [document({ Schema: [{ Name: 'team' }] }), /Schema \(team\) of the pool/],
      [document({ Clients: [{ ...client, ClientSecret: 't'.repeat(24) }] }), /exists with another secret/],
      [{ pools: [{ Id: 'local_two', PoolName: 'two', Clients: [client] }] }, /web is one of local_dev/],
      [
        { pools: [{ Id: 'local_two', PoolName: 'two', Domain: 'dev' }] },
        /pools\[0\].Domain: Domain already associated/,
      ],
    ]
    for (const [value, message] of changes) await expect(applyDocument(db, world, value)).rejects.toThrow(message)
  })
})
