// What is not offered is refused aloud, whoever asks: an SDK must never take silence for success.
import * as sdk from '@aws-sdk/client-cognito-identity-provider'
import { type OperationName, operations } from '@poolhouse/api'
import { beforeAll, describe, expect, test } from 'vitest'
import { addClient, buildHouse } from './hosted.ts'
import { minimalInput } from './minimal-input.ts'
import { offered } from './operations.ts'
import { eachServer } from './server.ts'

const names = Object.keys(operations) as OperationName[]
const refused = names.filter((name) => !offered.has(name))

test('the contract holds what is offered', () => {
  expect([...offered].filter((name) => !Object.hasOwn(operations, name))).toEqual([])
  expect(refused.length + offered.size).toBe(names.length)
})

eachServer('AWS SDK', (server) => {
  let known: Record<string, string>
  beforeAll(async () => {
    const house = await buildHouse(server())
    const client = await addClient(house)
    const { AuthenticationResult } = await server().api.send(
      new sdk.InitiateAuthCommand({
        ClientId: client.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: house.username, PASSWORD: house.password },
      }),
    )
    const AccessToken = AuthenticationResult?.AccessToken ?? ''
    known = { UserPoolId: house.poolId, ClientId: client.id, Username: house.username, AccessToken }
  })

  describe('refuses', () => {
    test.each(refused)('%s', async (name) => {
      const before = await server().rows()
      const commands = sdk as unknown as Record<string, new (input: unknown) => sdk.GetUserCommand>
      const Command = commands[`${name}Command`]
      if (!Command) throw new Error(`the SDK has no ${name}`)
      const error = await server()
        .api.send(new Command(minimalInput(name, known)))
        .catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(sdk.CognitoIdentityProviderServiceException)
      expect(error).toMatchObject({
        name: 'OperationNotEnabledException',
        message: expect.stringMatching(/^Poolhouse does not offer this operation: .+\.$/),
        $metadata: { httpStatusCode: 400 },
      })
      expect(await server().rows()).toEqual(before)
    })
  })
})
