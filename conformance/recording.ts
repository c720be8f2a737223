import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'

/** A client that adds the name of every operation that was answered, so that a suite can see that it called them all. */
export function recording(client: CognitoIdentityProviderClient, answered: Set<string>): CognitoIdentityProviderClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const output = await next(args)
      answered.add(String(context.commandName).replace(/Command$/, ''))
      return output
    },
    { step: 'initialize' },
  )
  return client
}
