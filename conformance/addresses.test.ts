// Where a sign-in over the JSON API came from: what lists of sessions and devices say of it, and who may say it.
import { randomBytes } from 'node:crypto'
import {
  AdminInitiateAuthCommand,
  AdminListUserSessionsCommand,
  ConfirmDeviceCommand,
  GetDeviceCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolSessionConfigurationCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { type AppClient, addClient, addUser, authorizeUrl, buildHouse, type House, newVisitor } from './hosted.ts'
import { secretHash } from './secret-hash.ts'
import { eachServer, sdkClient } from './server.ts'

eachServer(
  'the address of a sign-in',
  (server) => {
    let house: House
    let people = 0
    beforeAll(async () => {
      house = await buildHouse(server())
      await server().api.send(
        new SetUserPoolSessionConfigurationCommand({
          UserPoolId: house.poolId,
          UserSessionTracking: 'ENABLED',
          TokenSession: { MaxPerUser: 5 },
        }),
      )
    })

    /** The SDK behind the trusted proxy, which names the caller. */
    function behindProxy(address: string) {
      const client = sdkClient(server().url, undefined)
      client.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> }
          headers['x-forwarded-for'] = `192.0.2.66, ${address}`
          return next(args)
        },
        { step: 'build' },
      )
      return client
    }
    async function somebody(): Promise<string> {
      const username = `person-${++people}`
      await addUser(house, username, house.password, `${username}@example.com`)
      return username
    }
    const passwordOf = (USERNAME: string, client: AppClient): Record<string, string> => {
      const SECRET_HASH = secretHash(client, USERNAME)
      return { USERNAME, PASSWORD: house.password, ...(SECRET_HASH && { SECRET_HASH }) }
    }
    const signIn = (USERNAME: string, client: AppClient, from: string, IpAddress?: string) =>
      behindProxy(from).send(
        new InitiateAuthCommand({
          ClientId: client.id,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: passwordOf(USERNAME, client),
          ...(IpAddress && { UserContextData: { IpAddress } }),
        }),
      )
    const addressesOf = async (Username: string) =>
      (await server().api.send(new AdminListUserSessionsCommand({ UserPoolId: house.poolId, Username }))).Sessions?.map(
        ({ LastIPAddress }) => LastIPAddress,
      )

    test('is that of the request, whatever a public client says', async () => {
      const [client, username] = [
        await addClient(house, { EnablePropagateAdditionalUserContextData: true }),
        await somebody(),
      ]
      await signIn(username, client, '198.51.100.7', '203.0.113.9')
      expect(await addressesOf(username)).toEqual(['198.51.100.7'])
    })

    // biome-ignore format: a table
    const named: [title: string, EnablePropagateAdditionalUserContextData: boolean, IpAddress: string, kept: string][] = [
      ['is that which a back end may name',      true,  '203.0.113.9',         '203.0.113.9'],
      ['... in IPv6 too',                        true,  '2001:db8::7',         '2001:db8::7'],
      ['is not what is no address',              true,  '<b>203.0.113.9</b>',  '198.51.100.7'],
      ['is not what a back end may not name',    false, '203.0.113.9',         '198.51.100.7'],
    ]
    for (const [title, EnablePropagateAdditionalUserContextData, IpAddress, kept] of named)
      test(title, async () => {
        const client = await addClient(house, { GenerateSecret: true, EnablePropagateAdditionalUserContextData })
        const username = await somebody()
        await signIn(username, client, '198.51.100.7', IpAddress)
        expect(await addressesOf(username)).toEqual([kept])
      })

    test('is that which an administrator names', async () => {
      const [client, username] = [await addClient(house), await somebody()]
      const ContextData = { IpAddress: '203.0.113.10', ServerName: 's', ServerPath: '/', HttpHeaders: [] }
      await server().api.send(
        new AdminInitiateAuthCommand({
          UserPoolId: house.poolId,
          ClientId: client.id,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: passwordOf(username, client),
          ContextData,
        }),
      )
      expect(await addressesOf(username)).toEqual(['203.0.113.10'])
    })

    test('is that of the last step, and of the last refresh', async () => {
      const ExplicitAuthFlows = ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const
      const [client, username] = [
        await addClient(house, { ExplicitAuthFlows: [...ExplicitAuthFlows] }),
        await somebody(),
      ]
      const asked = await behindProxy('198.51.100.1').send(
        new InitiateAuthCommand({
          ClientId: client.id,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME: username, PREFERRED_CHALLENGE: 'PASSWORD' },
        }),
      )
      const { AuthenticationResult } = await behindProxy('198.51.100.2').send(
        new RespondToAuthChallengeCommand({
          ClientId: client.id,
          ChallengeName: 'PASSWORD',
          Session: asked.Session,
          ChallengeResponses: { USERNAME: username, PASSWORD: house.password },
        }),
      )
      expect(await addressesOf(username)).toEqual(['198.51.100.2'])
      server().tick(61_000)
      await behindProxy('198.51.100.3').send(
        new InitiateAuthCommand({
          ClientId: client.id,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? '' },
        }),
      )
      expect(await addressesOf(username)).toEqual(['198.51.100.3'])
    })

    test('is what a new device is seen at', async () => {
      const other = await buildHouse(server())
      await server().api.send(new UpdateUserPoolCommand({ UserPoolId: other.poolId, DeviceConfiguration: {} }))
      const client = await addClient(other)
      const { AuthenticationResult } = await signIn(other.username, client, '198.51.100.4')
      const AccessToken = AuthenticationResult?.AccessToken
      const DeviceKey = AuthenticationResult?.NewDeviceMetadata?.DeviceKey
      const DeviceSecretVerifierConfig = {
        Salt: randomBytes(16).toString('base64'),
        PasswordVerifier: randomBytes(384).toString('base64'),
      }
      await behindProxy('198.51.100.5').send(
        new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig }),
      )
      const { Device } = await behindProxy('198.51.100.6').send(new GetDeviceCommand({ AccessToken, DeviceKey }))
      expect(Device?.DeviceAttributes).toContainEqual({ Name: 'last_ip_used', Value: '198.51.100.5' })
    })
  },
  { config: { trustedProxies: ['127.0.0.1', '::1', '::ffff:127.0.0.1'] } },
)

eachServer(
  'sign-ups by address',
  (server) => {
    test('LG20: past the budget of an address its sign-ups get 429, on the API and on pages; other addresses do not', async () => {
      const house = await buildHouse(server())
      const client = await addClient(house)
      let people = 0
      const signUp = (from: string) => {
        const Username = `newcomer-${++people}`
        const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }]
        const input = { ClientId: client.id, Username, Password: house.password, UserAttributes }
        return callFrom(from).send(new SignUpCommand(input))
      }
      const callFrom = (address: string) => {
        const api = sdkClient(server().url, undefined)
        api.middlewareStack.add(
          (next) => (args) => {
            const { headers } = args.request as { headers: Record<string, string> }
            headers['x-forwarded-for'] = address
            return next(args)
          },
          { step: 'build' },
        )
        return api
      }
      /** By the page, from this machine's own address. */
      const onPage = async (username: string) => {
        const visitor = newVisitor()
        await visitor.get(String(authorizeUrl(house, client)).replace('/oauth2/authorize', '/signup'))
        return visitor.submit({ username, email: `${username}@example.com`, password: house.password })
      }
      for (let count = 0; count < 3; count++) await signUp('198.51.100.7')
      const before = await server().rows()
      await expect(signUp('198.51.100.7')).rejects.toMatchObject({
        name: 'TooManyRequestsException',
        $metadata: { httpStatusCode: 429 },
      })
      expect((await server().rows()).users).toEqual(before.users)
      expect((await server().rows()).outbox).toEqual(before.outbox)
      await signUp('198.51.100.8')
      const statuses: number[] = []
      for (let count = 0; count < 4; count++) {
        const answer = await onPage(`visitor-${count}`)
        statuses.push(answer.status)
      }
      expect(statuses).toEqual([303, 303, 303, 429])
      server().tick(60 * 60_000)
      await signUp('198.51.100.7')
    })
  },
  { config: { trustedProxies: ['127.0.0.1', '::1', '::ffff:127.0.0.1'], limits: { SignUp: 3 } } },
)
