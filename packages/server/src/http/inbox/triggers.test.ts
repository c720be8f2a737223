import { expect, test } from 'vitest'
import { openDatabase } from '../../../test/databases.ts'
import { type TestWorldOptions, testWorld } from '../../world/test.ts'
import { createInbox } from './inbox.ts'

const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:welcome'

async function openInbox(options?: TestWorldOptions) {
  const world = testWorld(options)
  const inbox = createInbox({ db: await openDatabase('sqlite'), world })
  const get = async (path: string) =>
    inbox.request(`http://localhost:9500${path}`, { headers: { host: 'localhost:9500' } })
  const list = async (query = '') => (await (await get(`/triggers.json${query}`)).json()) as Record<string, unknown>[]
  const fire = (triggerSource: string, userPoolId = 'local_dev', more: object = {}) =>
    world.invoke(arn, { triggerSource, userPoolId, ...more }).catch(() => {})
  return { world, get, list, fire }
}

test('calls as JSON, newest first, by source, pool and time', async () => {
  const { world, list, fire } = await openInbox()
  world.triggers.welcome = (event: object) => ({ ...event, response: { fine: true } })
  await fire('PreSignUp_SignUp')
  world.tick(5)
  world.triggers.welcome = () => Promise.reject(new Error('Nope'))
  await fire('UserMigration_Authentication', 'local_other', { request: { password: 'Secret-1' } })
  const both = await list()
  expect(both).toMatchObject([
    {
      source: 'UserMigration_Authentication',
      arn,
      poolId: 'local_other',
      at: world.now(),
      event: { request: { password: 'Secret-1' } },
      error: { name: 'UserLambdaValidationException', message: 'UserMigration failed with error Nope.' },
    },
    { source: 'PreSignUp_SignUp', answer: { response: { fine: true } } },
  ])
  expect(await list('?source=PreSignUp_SignUp')).toEqual([both[1]])
  expect(await list('?poolId=local_other')).toEqual([both[0]])
  expect(await list(`?after=${world.now() - 5}`)).toEqual([both[0]])
  expect(await list('?source=PreSignUp')).toEqual([])
})

test('a wait ends with the first match', async () => {
  const { list, fire } = await openInbox()
  const started = performance.now()
  setTimeout(() => void fire('PreSignUp_SignUp'), 200)
  expect(await list('?source=PreSignUp_SignUp&wait=5s')).toHaveLength(1)
  expect(performance.now() - started).toBeLessThan(3_000)
})

for (const query of ['after=soon', 'wait=1m'])
  test(`${query} is refused`, async () => {
    const { get } = await openInbox()
    expect((await get(`/triggers.json?${query}`)).status).toBe(400)
  })

test('the page shows what went out and what came back, and nothing in it is markup', async () => {
  const { world, get, fire } = await openInbox()
  world.triggers.welcome = () => Promise.reject(new Error('</pre><script>alert(1)</script>'))
  await fire('PreSignUp_SignUp', 'local_dev', { userName: '<img src=x onerror=alert(1)>' })
  const response = await get('/triggers')
  const body = await response.text()
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  for (const part of ['PreSignUp_SignUp', 'welcome', 'UserLambdaValidationException', '&lt;img'])
    expect(body).toContain(part)
  expect(body).not.toMatch(/<script>alert|<img/)
  expect(await (await get('/triggers?q=nothing+like+it')).text()).toContain('Nothing matches.')
})

test('in production nothing is kept and nothing is there', async () => {
  const { world, get, fire } = await openInbox({ config: { mode: 'production' } })
  await fire('PreSignUp_SignUp')
  expect(world.triggerCalls).toEqual([])
  for (const path of ['/triggers', '/triggers.json']) expect((await get(path)).status).toBe(404)
})
