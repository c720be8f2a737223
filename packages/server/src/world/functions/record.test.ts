import { expect, test } from 'vitest'
import { PoolError } from '../../errors.ts'
import { recordTriggers } from './record.ts'

const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:welcome'
const event = {
  triggerSource: 'UserMigration_Authentication',
  userPoolId: 'local_dev',
  request: { password: 'Secret-1' },
}

test('every call is kept with its event, its answer or error, and its time', async () => {
  const answers = [
    async () => ({ response: { fine: true } }),
    () => Promise.reject(new PoolError('UserLambdaValidation', 'UserMigration failed with error Nope.')),
  ]
  const { calls, invoke } = recordTriggers(
    'development',
    () => 1_000,
    (_arn, _event) => answers.shift()!(),
  )
  const sent = structuredClone(event)
  const answer = (await invoke(arn, sent)) as { response: { fine: boolean } }
  sent.request.password = 'changed'
  answer.response.fine = false
  await expect(invoke(arn, event)).rejects.toMatchObject({ code: 'UserLambdaValidation' })
  const common = { at: 1_000, source: 'UserMigration_Authentication', poolId: 'local_dev', arn, event }
  const milliseconds = expect.any(Number)
  expect(calls).toEqual([
    { ...common, id: 1, answer: { response: { fine: true } }, milliseconds },
    {
      ...common,
      id: 2,
      error: { name: 'UserLambdaValidationException', message: 'UserMigration failed with error Nope.' },
      milliseconds,
    },
  ])
})

test('the newest five hundred are kept', async () => {
  const { calls, invoke } = recordTriggers(
    'development',
    () => 1,
    async () => ({}),
  )
  for (let n = 0; n < 510; n++) await invoke(arn, event)
  expect([calls.length, calls[0]?.id, calls.at(-1)?.id]).toEqual([500, 11, 510])
})

test('in production nothing is kept', async () => {
  const { calls, invoke } = recordTriggers(
    'production',
    () => 1,
    async () => ({}),
  )
  await invoke(arn, event)
  expect(calls).toEqual([])
})
