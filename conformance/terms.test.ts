// Terms documents: what an app client shows to whoever signs up. Operations, and the links on the hosted page.
import {
  CreateTermsCommand,
  type CreateTermsCommandInput,
  DeleteTermsCommand,
  DeleteUserPoolClientCommand,
  DescribeTermsByClientCommand,
  DescribeTermsCommand,
  ListTermsCommand,
  UpdateTermsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AppClient, addClient, authorizeUrl, buildHouse, type House } from './hosted.ts'
import { eachServer } from './server.ts'

const links = { 'cognito:default': 'https://example.com/terms', 'cognito:french': 'https://example.com/fr/terms' }

eachServer('terms', (server) => {
  let house: House
  let client: AppClient

  const create = (input: Partial<CreateTermsCommandInput> = {}) =>
    server().api.send(
      new CreateTermsCommand({
        UserPoolId: house.poolId,
        ClientId: client.id,
        TermsName: 'terms-of-use',
        TermsSource: 'LINK',
        Enforcement: 'NONE',
        Links: links,
        ...input,
      }),
    )

  async function listed(): Promise<(string | undefined)[]> {
    const found: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await server().api.send(
        new ListTermsCommand({ UserPoolId: house.poolId, MaxResults: 1, ...(NextToken && { NextToken }) }),
      )
      found.push(...(page.Terms ?? []).map(({ TermsId }) => TermsId))
      NextToken = page.NextToken
    } while (NextToken)
    return found
  }

  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house)
  })

  test('made, described, changed, listed, deleted', async () => {
    const { Terms } = await create()
    expect(Terms).toEqual({
      TermsId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      UserPoolId: house.poolId,
      ClientId: client.id,
      TermsName: 'terms-of-use',
      TermsSource: 'LINK',
      Enforcement: 'NONE',
      Links: links,
      CreationDate: expect.any(Date),
      LastModifiedDate: expect.any(Date),
    })
    const key = { UserPoolId: house.poolId, TermsId: Terms?.TermsId }
    expect((await server().api.send(new DescribeTermsCommand(key))).Terms).toEqual(Terms)
    const named = { UserPoolId: house.poolId, ClientId: client.id, TermsName: 'terms-of-use' }
    expect((await server().api.send(new DescribeTermsByClientCommand(named))).Terms).toEqual(Terms)
    const Links = { 'cognito:default': 'https://example.com/new' }
    const changed = await server().api.send(new UpdateTermsCommand({ ...key, Links }))
    expect(changed.Terms).toMatchObject({ ...key, Links, TermsName: 'terms-of-use', CreationDate: Terms?.CreationDate })
    const { Terms: policy } = await create({ TermsName: 'privacy-policy' })
    expect(new Set(await listed())).toEqual(new Set([Terms?.TermsId, policy?.TermsId]))
    await server().api.send(new DeleteTermsCommand(key))
    expect(await listed()).toEqual([policy?.TermsId])
    await expect(server().api.send(new DescribeTermsCommand(key))).rejects.toThrow(/does not exist/)
    await server().api.send(new DeleteTermsCommand({ ...key, TermsId: policy?.TermsId }))
  })

  describe('refused', () => {
    // biome-ignore format: a table
    const cases: [title: string, input: Partial<CreateTermsCommandInput>, error: string][] = [
      ['a second document of the name', {},                                                          'TermsExistsException'],
      ['a name that AWS does not have', { TermsName: 'cookies' },                                    'InvalidParameterException'],
      ['a language that AWS does not have', { Links: { 'cognito:latin': 'https://example.com/' } },  'InvalidParameterException'],
      ['no link',                       { TermsName: 'privacy-policy', Links: {} },                  'InvalidParameterException'],
      ['a script for a link',           { TermsName: 'privacy-policy', Links: { 'cognito:default': 'javascript:alert(1)' } }, 'InvalidParameterException'],
      ['no address',                    { TermsName: 'privacy-policy', Links: { 'cognito:default': 'terms' } },               'InvalidParameterException'],
      ['a client that there is not',    { ClientId: '00000000000000000000000000' },                  'ResourceNotFoundException'],
    ]
    for (const [title, input, error] of cases)
      test(title, async () => {
        await create().catch(() => undefined)
        await expect(create(input)).rejects.toMatchObject({ name: error })
      })

    test('a change to the name of another document, and of a document of another pool', async () => {
      const other = await addClient(house)
      const { Terms: mine } = await create({ ClientId: other.id })
      const { Terms } = await create({ ClientId: other.id, TermsName: 'privacy-policy' })
      const key = { UserPoolId: house.poolId, TermsId: Terms?.TermsId }
      const rename = new UpdateTermsCommand({ ...key, TermsName: mine?.TermsName })
      await expect(server().api.send(rename)).rejects.toMatchObject({ name: 'TermsExistsException' })
      const elsewhere = { ...key, UserPoolId: (await buildHouse(server())).poolId }
      for (const command of [new DescribeTermsCommand(elsewhere), new DeleteTermsCommand(elsewhere)])
        await expect(server().api.send(command as DescribeTermsCommand)).rejects.toMatchObject({
          name: 'ResourceNotFoundException',
        })
    })
  })

  test('the sign-up page shows the links once there are both documents', async () => {
    const other = await addClient(house)
    const page = async () => {
      const url = new URL(authorizeUrl(house, other))
      url.pathname = url.pathname.replace('/oauth2/authorize', '/signup')
      return (await fetch(url)).text()
    }
    await create({ ClientId: other.id })
    expect(await page()).not.toContain('https://example.com/terms')
    await create({
      ClientId: other.id,
      TermsName: 'privacy-policy',
      Links: { 'cognito:default': 'https://example.com/privacy' },
    })
    const html = await page()
    for (const link of ['https://example.com/terms', 'https://example.com/privacy'])
      expect(html).toContain(`href="${link}"`)
    await server().api.send(new DeleteUserPoolClientCommand({ UserPoolId: house.poolId, ClientId: other.id }))
    expect(await listed()).toHaveLength(2)
  })
})
