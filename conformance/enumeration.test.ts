import { randomBytes } from 'node:crypto'
import {
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { describe, expect, test } from 'vitest'
import { addClient, addUser, buildHouse, callback, type House, newVisitor } from './hosted.ts'
import { eachServer } from './server.ts'

// Whether a stranger can tell a name that has an account from one that has none: by words, by shape, by time.
const wrong = 'Wrong-Horse-1'

interface Answer {
  readonly error?: string
  readonly message?: string
  readonly delivery?: object | undefined
}

eachServer('user existence', (server) => {
  async function setUp(PreventUserExistenceErrors: 'ENABLED' | 'LEGACY'): Promise<{ house: House; ClientId: string }> {
    const house = await buildHouse(server())
    const { id } = await addClient(house, { PreventUserExistenceErrors })
    const { api } = server()
    const Username = 'waiting'
    await api.send(
      new SignUpCommand({
        ClientId: id,
        Username,
        Password: house.password,
        UserAttributes: [{ Name: 'email', Value: 'waiting@example.com' }],
      }),
    )
    return { house, ClientId: id }
  }

  const calls = (ClientId: string) => {
    const { api } = server()
    return {
      'sign in': (USERNAME: string) =>
        answerOf(
          api.send(
            new InitiateAuthCommand({
              ClientId,
              AuthFlow: 'USER_PASSWORD_AUTH',
              AuthParameters: { USERNAME, PASSWORD: wrong },
            }),
          ),
        ),
      'forgot password': (Username: string) => answerOf(api.send(new ForgotPasswordCommand({ ClientId, Username }))),
      'reset with a wrong code': (Username: string) =>
        answerOf(
          api.send(
            new ConfirmForgotPasswordCommand({
              ClientId,
              Username,
              ConfirmationCode: '000000x',
              Password: 'New-Horse-1',
            }),
          ),
        ),
      'confirm with a wrong code': (Username: string) =>
        answerOf(api.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '000000x' }))),
      'resend the code': (Username: string) =>
        answerOf(api.send(new ResendConfirmationCodeCommand({ ClientId, Username }))),
    }
  }

  describe('ENABLED: the same answer for an account and for nobody', () => {
    test('over the API', async () => {
      const { ClientId } = await setUp('ENABLED')
      const call = calls(ClientId)
      // Six times each: the sixth wrong code is one too many, for both.
      for (const [name, known] of [
        ['sign in', 'ada'],
        ['forgot password', 'ada'],
        ['reset with a wrong code', 'ada'],
        ['resend the code', 'waiting'],
        ['confirm with a wrong code', 'waiting'],
      ] as const)
        for (let round = 1; round <= 6; round++) {
          const [account, nobody] = [await call[name](known), await call[name]('nobody')]
          expect({ name, round, ...account }).toEqual({ name, round, ...nobody })
          expect(account.error).not.toBe('UserNotFoundException')
        }
    })

    test('on the pages', async () => {
      const { house, ClientId } = await setUp('ENABLED')
      const query = new URLSearchParams({ client_id: ClientId, response_type: 'code', redirect_uri: callback })
      const show = async (username: string, page: string, fields: Record<string, string>) => {
        const visitor = newVisitor()
        await visitor.get(`${house.domain}/${page}?${query}`)
        const answer = await visitor.submit({ username, ...fields })
        const text = (await answer.text()).replaceAll(username, 'NAME').replaceAll(/value="[\w-]{43}"/g, '')
        return { status: answer.status, location: answer.headers.get('location'), text }
      }
      // Names of one length, since the name is on the page.
      await addUser(house, 'someone', house.password, 'someone@example.com')
      expect(await show('someone', 'login', { password: wrong })).toEqual(
        await show('another', 'login', { password: wrong }),
      )
      expect(await show('someone', 'forgotPassword', {})).toEqual(await show('another', 'forgotPassword', {}))
      // The link of a message, made up: what it shows and what its button does. `waiting` has a code, nobody has one.
      const link = async (name: string) => {
        const visitor = newVisitor()
        const made = { client_id: ClientId, user_name: name, confirmation_code: 'x' }
        const page = await visitor.get(`${house.domain}/confirmUser?${new URLSearchParams(made)}`)
        const answer = await visitor.submit({})
        return [page, answer].map(async (shown) => {
          const text = (await shown.text()).replaceAll(name, 'NAME').replaceAll(/value="[\w-]{43}"/g, '')
          return { status: shown.status, text }
        })
      }
      for (const name of ['waiting', 'someone'])
        expect(await Promise.all(await link(name))).toEqual(await Promise.all(await link('another')))
    })

    // A missing hash is a factor of ten in a sign-in; a missing write to disk would be one in what sends a code.
    for (const name of ['sign in', 'forgot password'] as const)
      test(`in the same time: ${name}`, async () => {
        const { house, ClientId } = await setUp('ENABLED')
        const call = calls(ClientId)[name]
        const times: Record<'account' | 'nobody', number[]> = { account: [], nobody: [] }
        for (let round = 0; round < 24; round++)
          for (const kind of round % 2 ? (['account', 'nobody'] as const) : (['nobody', 'account'] as const)) {
            // A name for each try: the lockout answers without a hash.
            const who = `time-${round}-${randomBytes(3).toString('hex')}`
            if (kind === 'account') await addUser(house, who, house.password, `${who}@example.com`)
            const start = performance.now()
            await call(who)
            times[kind].push(performance.now() - start)
          }
        // Noise of a busy machine is far below two.
        const ratio = median(times.account) / median(times.nobody)
        expect(ratio).toBeGreaterThan(0.5)
        expect(ratio).toBeLessThan(2)
      })
  })

  test('LEGACY: AWS says that there is no such user', async () => {
    const { ClientId } = await setUp('LEGACY')
    for (const call of Object.values(calls(ClientId)))
      expect(await call('nobody')).toMatchObject({ error: 'UserNotFoundException' })
    expect(await calls(ClientId)['sign in']('ada')).toEqual({
      error: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    })
  })
})

async function answerOf(call: Promise<object>): Promise<Answer> {
  try {
    const output = (await call) as { CodeDeliveryDetails?: { Destination?: string } }
    const { Destination, ...delivery } = output.CodeDeliveryDetails ?? {}
    // The masked address differs as those of two accounts do; its form must not.
    return { delivery: { ...delivery, form: Destination?.replaceAll(/[^*@]/g, 'x') } }
  } catch (error) {
    const { name, message } = error as Error
    return { error: name, message }
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
