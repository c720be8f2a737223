// How pages look: styles of managed login, the classic look, and what browsers get of them.
import {
  CreateManagedLoginBrandingCommand,
  type CreateManagedLoginBrandingCommandInput,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteManagedLoginBrandingCommand,
  DeleteUserPoolClientCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeManagedLoginBrandingCommand,
  GetUICustomizationCommand,
  SetUICustomizationCommand,
  type SetUICustomizationCommandInput,
  UpdateManagedLoginBrandingCommand,
  type UpdateManagedLoginBrandingCommandInput,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, describe, expect, test } from 'vitest'
import { brandAssets, brandSettings, bytes, png } from '../packages/server/test/brand.ts'
import { type AppClient, addClient, authorizeUrl, buildHouse, type House, locationOf, newVisitor } from './hosted.ts'
import { eachServer } from './server.ts'

const svg = (content: string) => bytes(`<svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`)
const red = png(2, 2, 'ff0000')
const logo = { Category: 'FORM_LOGO', ColorMode: 'LIGHT', Extension: 'PNG', Bytes: red } as const
const nobody = '00000000-0000-4000-8000-000000000000'

eachServer('branding', (server) => {
  let house: House
  let client: AppClient
  let other: { UserPoolId: string; ClientId: string }

  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house)
    const { UserPool } = await server().api.send(new CreateUserPoolCommand({ PoolName: 'other' }))
    const UserPoolId = UserPool?.Id ?? ''
    const made = await server().api.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'other' }))
    other = { UserPoolId, ClientId: made.UserPoolClient?.ClientId ?? '' }
  })

  const create = (input: Partial<CreateManagedLoginBrandingCommandInput>, ClientId = client.id) =>
    server().api.send(new CreateManagedLoginBrandingCommand({ UserPoolId: house.poolId, ClientId, ...input }))
  const update = (input: Partial<UpdateManagedLoginBrandingCommandInput>) =>
    server().api.send(new UpdateManagedLoginBrandingCommand({ UserPoolId: house.poolId, ...input }))
  const set = (input: Partial<SetUICustomizationCommandInput>) =>
    server().api.send(new SetUICustomizationCommand({ UserPoolId: house.poolId, ...input }))
  const get = (ClientId?: string) =>
    server().api.send(new GetUICustomizationCommand({ UserPoolId: house.poolId, ClientId }))
  const version = (ManagedLoginVersion: number) => {
    const Domain = house.domain.slice(house.domain.lastIndexOf('/') + 1)
    return server().api.send(new UpdateUserPoolDomainCommand({ UserPoolId: house.poolId, Domain, ManagedLoginVersion }))
  }

  /** The login page of a client, and the files it loads. */
  async function openLogin(of: AppClient) {
    const visitor = newVisitor()
    const page = await visitor.get(locationOf(await visitor.get(authorizeUrl(house, of))))
    const html = await page.text()
    const address = /<link rel="stylesheet" href="([^"]*\/branding\/[^"]*)"/.exec(html)?.[1]
    const sheet = address === undefined ? undefined : await fetch(new URL(address, house.domain))
    return {
      html,
      policy: page.headers.get('content-security-policy'),
      address,
      sheet,
      css: (await sheet?.text()) ?? '',
    }
  }

  test('a style is made, found by its id and by its client, laid over, reset and deleted', async () => {
    const { ManagedLoginBranding: made } = await create({ UseCognitoProvidedValues: true })
    expect(made).toMatchObject({ UserPoolId: house.poolId, UseCognitoProvidedValues: true, Assets: [] })
    expect(made).not.toHaveProperty('Settings')
    expect(made?.CreationDate).toBeInstanceOf(Date)
    const ManagedLoginBrandingId = made?.ManagedLoginBrandingId ?? ''
    const find = { UserPoolId: house.poolId, ManagedLoginBrandingId }
    expect(await create({ UseCognitoProvidedValues: true }).catch((error) => error.name)).toBe(
      'ManagedLoginBrandingExistsException',
    )

    const Settings = { components: { form: { borderRadius: 3, logo: { enabled: true } } } }
    const changed = await update({ ManagedLoginBrandingId, Settings, Assets: [logo], UseCognitoProvidedValues: false })
    expect(changed.ManagedLoginBranding).toMatchObject({ Settings, UseCognitoProvidedValues: false })
    // What is not said stays, and an image takes the place of its like.
    const darker = { ...logo, ColorMode: 'DARK', Bytes: png(2, 2, '00ff00') } as const
    const again = { ...logo, Bytes: png(2, 2, '0000ff') }
    const over = { components: { form: { borderRadius: 5 }, pageHeader: { logo: { location: 'END' } } } }
    await update({ ManagedLoginBrandingId, Settings: over, Assets: [darker, again] })
    const { ManagedLoginBranding: own } = await server().api.send(new DescribeManagedLoginBrandingCommand(find))
    expect(own?.Settings).toEqual({
      components: { form: { borderRadius: 5, logo: { enabled: true } }, pageHeader: { logo: { location: 'END' } } },
    })
    expect(own?.Assets).toEqual([darker, again])
    const byClient = { UserPoolId: house.poolId, ClientId: client.id, ReturnMergedResources: true }
    const { ManagedLoginBranding: whole } = await server().api.send(
      new DescribeManagedLoginBrandingByClientCommand(byClient),
    )
    expect(whole).toMatchObject({
      ManagedLoginBrandingId,
      Settings: {
        categories: { global: { colorSchemeMode: 'DYNAMIC' } },
        components: { form: { borderRadius: 5, lightMode: { backgroundColor: 'ffffffff' } } },
      },
    })
    // The best practice of AWS's own documentation: what was described is what is sent.
    const echoed = await update({ ManagedLoginBrandingId, Settings: whole?.Settings, Assets: whole?.Assets })
    expect(echoed.ManagedLoginBranding?.Settings).toEqual(whole?.Settings)

    const reset = await update({ ManagedLoginBrandingId, UseCognitoProvidedValues: true })
    expect(reset.ManagedLoginBranding).toMatchObject({ UseCognitoProvidedValues: true, Assets: [] })
    expect(reset.ManagedLoginBranding).not.toHaveProperty('Settings')
    await server().api.send(new DeleteManagedLoginBrandingCommand(find))
    for (const gone of [
      () => server().api.send(new DescribeManagedLoginBrandingCommand(find)),
      () => server().api.send(new DescribeManagedLoginBrandingByClientCommand(byClient)),
      () => server().api.send(new DeleteManagedLoginBrandingCommand(find)),
      () => update({ ManagedLoginBrandingId, Settings }),
    ])
      await expect(gone()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  // biome-ignore format: a table
  const refused: readonly (readonly [title: string, input: Partial<CreateManagedLoginBrandingCommandInput>, message: RegExp])[] = [
    ['settings beside the default look', { UseCognitoProvidedValues: true, Settings: {} }, /UseCognitoProvidedValues/],
    ['settings that are a list',   { Settings: [] as never },                                           /^Settings must be an object/],
    ['a member that there is not', { Settings: { components: { form: { colour: 'x' } } } },             /^Settings\.components\.form\.colour is not/],
    ['a member of every object',   { Settings: JSON.parse('{"__proto__":{"enabled":true}}') },          /^Settings\.__proto__ is not/],
    ['a colour that is none',      { Settings: { components: { pageBackground: { lightMode: { color: 'red' } } } } }, /eight hex digits/],
    ['a colour that is more',      { Settings: { components: { pageBackground: { lightMode: { color: 'ffffff00;}*{display:none' } } } } }, /eight hex digits/],
    ['a radius that is none',      { Settings: { components: { form: { borderRadius: '8px' } } } },     /a number from 0 to 100/],
    ['a word that is none',        { Settings: { categories: { global: { colorSchemeMode: 'BLUE' } } } }, /one of LIGHT, DARK, DYNAMIC/],
    ['a switch that is none',      { Settings: { categories: { form: { displayGraphics: 'yes' } } } },  /true or false/],
    ['an image without content',   { Assets: [{ ...logo, Bytes: undefined }] },                         /has no Bytes/],
    ['HTML as a PNG',              { Assets: [{ ...logo, Bytes: bytes('<script>alert(1)</script>') }] }, /not of the type PNG/],
    ['a PNG as a JPEG',            { Assets: [{ ...logo, Extension: 'JPEG' }] },                        /not of the type JPEG/],
    ['a PNG as an SVG',            { Assets: [{ ...logo, Extension: 'SVG' }] },                         /must be in UTF-8/],
    ['HTML as an SVG',             { Assets: [{ ...logo, Extension: 'SVG', Bytes: bytes('<html><script>alert(1)</script></html>') }] }, /not an SVG/],
    ['an SVG with entities',       { Assets: [{ ...logo, Extension: 'SVG', Bytes: bytes('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>') }] }, /entities/],
    ['two of the same',            { Assets: [logo, logo] },                                            /two assets/],
    ['an image of more than 1 MB', { Assets: [{ ...logo, Bytes: new Uint8Array(1_000_001) }] },         /less than or equal to 1000000/],
    ['an unknown category',        { Assets: [{ ...logo, Category: 'HERO' as never }] },                /enum value set/],
    ['more than forty',            { Assets: Array.from({ length: 41 }, (_, index) => ({ ...logo, ResourceId: String(index) })) }, /less than or equal to 40/],
  ]
  test.each(refused)('refuses %s', async (_, input, message) => {
    await expect(create(input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    })
    await expect(
      server().api.send(
        new DescribeManagedLoginBrandingByClientCommand({ UserPoolId: house.poolId, ClientId: client.id }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('knows pools, clients and styles by their pool alone', async () => {
    const unknown = { name: 'ResourceNotFoundException' }
    await expect(create({}, 'nobody')).rejects.toMatchObject(unknown)
    await expect(create({}, 'ALL')).rejects.toMatchObject(unknown)
    await expect(create({}, other.ClientId)).rejects.toMatchObject(unknown)
    await expect(create({ UserPoolId: 'eu-west-1_nobody' })).rejects.toMatchObject(unknown)
    await expect(update({ ManagedLoginBrandingId: nobody })).rejects.toMatchObject(unknown)
    await expect(update({})).rejects.toMatchObject({ name: 'InvalidParameterException' })
    const { ManagedLoginBranding } = await server().api.send(
      new CreateManagedLoginBrandingCommand({ ...other, UseCognitoProvidedValues: true }),
    )
    const foreign = { UserPoolId: house.poolId, ManagedLoginBrandingId: ManagedLoginBranding?.ManagedLoginBrandingId }
    await expect(server().api.send(new DescribeManagedLoginBrandingCommand(foreign))).rejects.toMatchObject(unknown)
    await expect(update(foreign)).rejects.toMatchObject(unknown)
    await expect(server().api.send(new DeleteManagedLoginBrandingCommand(foreign))).rejects.toMatchObject(unknown)
    // The style of another pool is still there, and ends with its client.
    await server().api.send(new DeleteUserPoolClientCommand(other))
    await expect(
      server().api.send(new DescribeManagedLoginBrandingCommand({ ...foreign, UserPoolId: other.UserPoolId })),
    ).rejects.toMatchObject(unknown)
  })

  test('takes images of almost two megabytes at once, and no more styles than AWS', async () => {
    const large = Buffer.concat([Buffer.from(red), Buffer.alloc(700_000, 7)])
    const Assets = (['LIGHT', 'DARK'] as const).map((ColorMode) => ({
      ...logo,
      ColorMode,
      Bytes: new Uint8Array(large),
    }))
    const many = await Promise.all(Array.from({ length: 20 }, () => addClient(house)))
    const { ManagedLoginBranding: made } = await create({ Assets }, many[0]?.id)
    expect(made?.Assets?.map(({ Bytes }) => Bytes?.length)).toEqual([large.length, large.length])
    await expect(
      create({
        Assets: Assets.map((asset) => ({
          ...asset,
          Bytes: new Uint8Array(Buffer.concat([large, Buffer.alloc(200_000)])),
        })),
      }),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } })
    for (const { id } of many.slice(1)) await create({ UseCognitoProvidedValues: true }, id)
    await expect(create({ UseCognitoProvidedValues: true })).rejects.toMatchObject({ name: 'LimitExceededException' })
    for (const { id } of many)
      await server().api.send(new DeleteUserPoolClientCommand({ UserPoolId: house.poolId, ClientId: id }))
    const { ManagedLoginBranding } = await create({ UseCognitoProvidedValues: true })
    await server().api.send(
      new DeleteManagedLoginBrandingCommand({
        UserPoolId: house.poolId,
        ManagedLoginBrandingId: ManagedLoginBranding?.ManagedLoginBrandingId,
      }),
    )
  })

  describe('on the pages', () => {
    test('a domain of managed login shows the style of the client, and of no other', async () => {
      await version(2)
      expect((await openLogin(client)).html).not.toContain('/branding/')
      const Assets = brandAssets.map((asset) => ({ ...asset, ResourceId: undefined }))
      const { ManagedLoginBranding } = await create({ Settings: brandSettings, Assets })
      const page = await openLogin(client)
      expect(page.html).not.toMatch(/<style|\sstyle=/)
      expect(page.policy).toContain("style-src 'self';")
      expect(page.policy).toContain("img-src 'self' data:;")
      expect(page.css).toContain('--primary:#b45309;')
      expect(page.sheet?.headers.get('content-type')).toBe('text/css; charset=utf-8')
      expect(page.sheet?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(page.html).toMatch(
        /<picture><source srcset="[^"]*\.svg" media="\(prefers-color-scheme: dark\)"><img class="logo"/,
      )
      expect(page.html).toMatch(/<link rel="icon" href="[^"]*\.svg" type="image\/svg\+xml">/)
      expect((await openLogin(await addClient(house))).html).not.toContain('/branding/')
      // Every file that the page and its sheet name is there.
      const files = [...page.html.matchAll(/(?:src|srcset|href)="([^"]*\/branding\/[^"]*)"/g)].map(([, at = '']) => at)
      const behind = [...page.css.matchAll(/url\(([^)]*)\)/g)].map(
        ([, at = '']) => new URL(at, `http://x${page.address}`).pathname,
      )
      expect(behind).toHaveLength(4)
      for (const file of [...files, ...behind]) {
        const found = await fetch(new URL(file, house.domain))
        expect([found.status, found.headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
      }
      // A sheet under an older name is today's, and is not kept under it.
      const older = await fetch(
        new URL(String(page.address).replace(/[\da-f]{32}\.css/, `${'0'.repeat(32)}.css`), house.domain),
      )
      expect([older.status, older.headers.get('cache-control')]).toEqual([200, 'no-cache'])
      expect(await older.text()).toBe(page.css)
      await update({
        ManagedLoginBrandingId: ManagedLoginBranding?.ManagedLoginBrandingId,
        Settings: { categories: { global: { colorSchemeMode: 'DARK' } } },
      })
      const dark = await openLogin(client)
      expect(dark.html).toContain('<meta name="color-scheme" content="dark">')
      expect(dark.html).not.toContain('<picture>')
      expect(dark.css).toContain('color-scheme:dark;')
      expect(dark.css).not.toContain('prefers-color-scheme')
      expect(dark.address).not.toBe(page.address)
    })

    test('an image is what it is, whatever is in it', async () => {
      const hostile = svg('<script>alert(1)</script><circle r="1" onload="alert(2)"/>')
      const owner = await addClient(house)
      const Assets = [
        { ...logo, Extension: 'SVG', Bytes: hostile },
        { ...logo, Category: 'FAVICON_ICO', Extension: 'PNG' },
      ] as CreateManagedLoginBrandingCommandInput['Assets']
      const Settings = { components: { form: { logo: { enabled: true } } } }
      const { ManagedLoginBranding } = await create({ Assets, Settings }, owner.id)
      expect(ManagedLoginBranding?.Assets?.find(({ Category }) => Category === 'FORM_LOGO')?.Bytes).toEqual(hostile)
      const { html } = await openLogin(owner)
      const address = new URL(/<img class="logo" src="([^"]*)"/.exec(html)?.[1] ?? '', house.domain)
      const image = await fetch(address)
      expect(await image.text()).toBe('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"></circle></svg>')
      expect(Object.fromEntries(image.headers)).toMatchObject({
        'content-type': 'image/svg+xml',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/; sandbox$/),
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'public, max-age=31536000, immutable',
      })
      for (const [from, to] of [
        ['.svg', '.png'],
        ['.svg', '.css'],
        ['.svg', ''],
        [owner.id, client.id],
        [/[\da-f]{32}/, '0'.repeat(32)],
        [/[\da-f]{32}/, '..%2f..%2fetc%2fpasswd'],
      ] as const)
        expect((await fetch(address.href.replace(from, to))).headers.get('content-type')).not.toMatch(/^image|html/)
    })

    test('a classic domain shows the look of all, or of the client, and no style', async () => {
      await version(1)
      expect((await openLogin(client)).html).not.toContain('/branding/')
      expect((await get()).UICustomization).toEqual({})
      await set({ ClientId: 'ALL', CSS: '.submitButton-customizable{background-color:#663399}', ImageFile: red })
      const all = await openLogin(client)
      expect(all.css).toContain('.primary{background-color:#663399}')
      expect(all.html).toMatch(/<img class="logo" src="[^"]*\/branding\/ALL\/[0-9a-f]{32}.png" alt="house-/)
      expect(all.html).toContain('<meta name="color-scheme" content="light">')
      expect((await get(client.id)).UICustomization).toMatchObject({
        ClientId: 'ALL',
        CSSVersion: expect.stringMatching(/^\d{14}$/),
      })
      const image = await fetch((await get()).UICustomization?.ImageUrl ?? '')
      expect([image.headers.get('content-type'), new Uint8Array(await image.arrayBuffer())]).toEqual(['image/png', red])

      const CSS =
        '.banner-customizable{background-color:lightgray}\n.unknown{color:red}.label-customizable{position:fixed}'
      expect((await set({ ClientId: client.id, CSS })).UICustomization).toMatchObject({
        CSS,
        ClientId: client.id,
        UserPoolId: house.poolId,
      })
      const own = await openLogin(client)
      expect(own.css).toContain('.brand{background-color:lightgray}')
      expect(own.css).not.toMatch(/663399|unknown|position/)
      expect(own.html).not.toContain('<img')
      // Nothing is what ends it.
      expect((await set({ ClientId: client.id })).UICustomization).toEqual({})
      expect((await get(client.id)).UICustomization).toMatchObject({ ClientId: 'ALL' })
      await set({})
      expect((await get()).UICustomization).toEqual({})
      expect((await openLogin(client)).html).not.toContain('/branding/')
    })
  })

  // biome-ignore format: a table
  const refusedLooks: readonly (readonly [title: string, input: Partial<SetUICustomizationCommandInput>, name: string])[] = [
    ['an import',             { CSS: '@import "//evil.example/x.css";' },                                        'InvalidParameterException'],
    ['an address',            { CSS: '.banner-customizable{background:url(//evil.example/x)}' },                 'InvalidParameterException'],
    ['an expression',         { CSS: '.banner-customizable{width:expression(alert(1))}' },                       'InvalidParameterException'],
    ['markup',                { CSS: '.banner-customizable{color:red}</style><script>alert(1)</script>' },       'InvalidParameterException'],
    ['what is no style sheet', { CSS: 'not css' },                                                               'InvalidParameterException'],
    ['a GIF',                 { ImageFile: bytes('GIF89a') },                                                    'InvalidParameterException'],
    ['an SVG',                { ImageFile: svg('') },                                                            'InvalidParameterException'],
    ['more than 100 KB',      { ImageFile: new Uint8Array(Buffer.concat([Buffer.from(red), Buffer.alloc(110_000)])) }, 'InvalidParameterException'],
    ['an unknown client',     { ClientId: 'nobody', CSS: '' },                                                   'ResourceNotFoundException'],
    ['an unknown pool',       { UserPoolId: 'eu-west-1_nobody' },                                                'ResourceNotFoundException'],
  ]
  test.each(refusedLooks)('refuses a classic look of %s', async (_, input, name) => {
    await expect(set(input)).rejects.toMatchObject({ name })
    expect((await get()).UICustomization).toEqual({})
  })

  test('a classic look needs a domain', async () => {
    const message = 'There has to be an existing domain associated with this user pool'
    const { UserPoolId } = other
    for (const asked of [
      () => server().api.send(new GetUICustomizationCommand({ UserPoolId })),
      () =>
        server().api.send(new SetUICustomizationCommand({ UserPoolId, CSS: '.label-customizable{font-weight:400}' })),
    ])
      await expect(asked()).rejects.toMatchObject({ name: 'InvalidParameterException', message })
  })
})
