import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { createWorld } from './real.ts'
import { testWorld } from './test.ts'
import type { Message } from './world.ts'

const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:auto-confirm'
const event = { triggerSource: 'PreSignUp_SignUp', userPoolId: 'local_dev', response: {} }
const message: Message = {
  id: 'f00d', poolId: 'local_dev', channel: 'email', kind: 'SignUp', to: 'ada@example.com', subject: 'Hello', text: 'Hello',
  code: '493027', createdAt: 1,
} // biome-ignore format: a record

test('the same seed gives the same dice, another one others', () => {
  const draw = (seed: string) => {
    const world = testWorld({ seed })
    return [world.random(16), world.random(16)].map((bytes) => Buffer.from(bytes).toString('hex'))
  }
  expect(draw('a')).toEqual(draw('a'))
  expect(new Set([...draw('a'), ...draw('b')]).size).toBe(4)
})

test('its clock moves by the test alone', async () => {
  const world = testWorld({ now: 1_000 })
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(world.now()).toBe(1_000)
  world.tick(60_000)
  expect(world.now()).toBe(61_000)
})

test('its triggers answer and fail as real ones, and every call is recorded', async () => {
  const world = testWorld()
  await expect(world.invoke(arn, event)).rejects.toMatchObject({ code: 'UnexpectedLambda' })
  world.triggers['auto-confirm'] = (given: typeof event) =>
    Object.assign(given.response, { autoConfirmUser: true }) && given
  expect(await world.invoke(arn, event)).toEqual({ ...event, response: { autoConfirmUser: true } })
  expect(event.response).toEqual({})
  world.triggers['auto-confirm'] = () => Promise.reject(new Error('Nope'))
  await expect(world.invoke(arn, event)).rejects.toMatchObject({ message: 'PreSignUp failed with error Nope.' })
  world.triggers['auto-confirm'] = () => 1n
  await expect(world.invoke(arn, event)).rejects.toMatchObject({ code: 'InvalidLambdaResponse' })
  expect(world.fired).toHaveLength(4)
})

test('real key pairs belong together and differ', async () => {
  const world = createWorld(testWorld().config)
  const [first, second] = [await world.signingKeyPair(), await world.signingKeyPair()]
  expect(first.publicJwk.n).not.toBe(second.publicJwk.n)
  const signature = sign('sha256', Buffer.from('text'), createPrivateKey(first.privatePem))
  const key = createPublicKey({ key: { ...first.publicJwk }, format: 'jwk' })
  expect(key.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n })
  expect(verify('sha256', Buffer.from('text'), key, signature)).toBe(true)
  world.close()
})

test('without a mail server development keeps messages, production does not take them', async () => {
  const lines: string[] = []
  const development = createWorld(testWorld().config, (line) => lines.push(line))
  await development.deliver(message)
  expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d SignUp ada@example.com · code 493027 → inbox$/)])
  const production = createWorld({ ...testWorld().config, mode: 'production' })
  await expect(production.deliver(message)).rejects.toThrow(/no mail server/)
  await expect(production.deliver({ ...message, channel: 'sms' })).rejects.toThrow(/no text gateway/)
})
