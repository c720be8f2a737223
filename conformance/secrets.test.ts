import {
  CreateUserPoolClientCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { expect, test } from 'vitest'
import { addClient, buildHouse, callback, newVisitor, signInAt } from './hosted.ts'
import { eachServer } from './server.ts'

// What a stolen database gives away: none of what signs anybody in.
eachServer('secrets at rest', (server) => {
  test('no password, code, token, session, client secret or private key stands in any row', async () => {
    const { api } = server()
    const house = await buildHouse(server())
    const { id: ClientId } = await addClient(house)
    const planted: Record<string, string> = { password: house.password }

    const { UserPoolClient } = await api.send(
      new CreateUserPoolClientCommand({ UserPoolId: house.poolId, ClientName: 'back end', GenerateSecret: true }),
    )
    planted['client secret'] = UserPoolClient?.ClientSecret ?? ''
    const { AuthenticationResult } = await api.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: house.username, PASSWORD: house.password },
      }),
    )
    planted['refresh token'] = AuthenticationResult?.RefreshToken ?? ''
    planted['access token'] = AuthenticationResult?.AccessToken ?? ''
    planted['new password'] = 'Planted-Horse-9'
    await api.send(
      new SignUpCommand({
        ClientId,
        Username: 'bob',
        Password: planted['new password'],
        UserAttributes: [{ Name: 'email', Value: 'bob@example.com' }],
      }),
    )
    planted['sign-up code'] = await server().code('bob@example.com', 'SignUp')
    await api.send(new ForgotPasswordCommand({ ClientId, Username: house.username }))
    planted['reset code'] = await server().code(house.email, 'ForgotPassword')

    const visitor = newVisitor()
    const query = new URLSearchParams({ client_id: ClientId, response_type: 'code', redirect_uri: callback })
    const back = await signInAt(`${house.domain}/oauth2/authorize?${query}`, house, visitor)
    planted['authorization code'] = back.searchParams.get('code') ?? ''
    planted['browser session'] = visitor.cookie('cognito') ?? ''

    for (const [what, secret] of Object.entries(planted)) expect(secret.length, what).toBeGreaterThanOrEqual(6)
    const rows = Object.entries(await server().rows()).flatMap(([table, lines]) =>
      lines.map((line) => ({ table, line })),
    )
    expect(rows.length).toBeGreaterThan(10)
    for (const [what, secret] of Object.entries(planted))
      for (const { table, line } of rows) {
        // Six digits may stand in a time or a hash by chance: alone, between quotes, they may not.
        const needle = /^\d{6}$/.test(secret) ? `"${secret}"` : secret
        expect(line.includes(needle), `${what} in ${table}`).toBe(false)
      }
    expect(rows.some(({ line }) => line.includes('PRIVATE KEY'))).toBe(false)
  })
})
