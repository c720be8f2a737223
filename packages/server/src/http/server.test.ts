import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Fetch, type Listener, listen, listenNear, PortTaken } from './server.ts'

const open: Listener[] = []
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close()
})

const hello: Fetch = () => new Response('hello')

async function start(fetch: Fetch, port = 0, host = 'localhost') {
  const listener = await listen(fetch, { host, port })
  open.push(listener)
  return listener
}

test('localhost is both loopback addresses', async () => {
  const { port } = await start(hello)
  for (const host of ['127.0.0.1', '[::1]', 'localhost'])
    expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('hello')
})

test('a taken port is named', async () => {
  const { port } = await start(hello)
  const error = await listen(hello, { host: 'localhost', port }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PortTaken)
  expect(String(error)).toContain(`Port ${port}`)
})

test('the next free port is found, also when only one of the loopback addresses is free', async () => {
  const blocker = createServer().listen(0, '::1')
  await new Promise((resolve) => blocker.once('listening', resolve))
  const address = blocker.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const listener = await listenNear(hello, { host: 'localhost', port })
  open.push(listener)
  expect(listener.port).toBeGreaterThan(port)
  blocker.close()
})

test('what is under way is finished before it stops, what is new is refused', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { port, close } = await start(async () => {
    await held
    return new Response('done')
  })
  const answer = fetch(`http://127.0.0.1:${port}/`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const closing = close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  release()
  const response = await answer
  expect(await response.text()).toBe('done')
  await closing
})

test('during the grace new requests are answered and their connections end', async () => {
  const { port, close } = await start(hello)
  const closing = close(500)
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(await response.text()).toBe('hello')
  expect(response.headers.get('connection')).toBe('close')
  await closing
})

test('more headers than the limit are not kept', async () => {
  let seen = 0
  const { port } = await start((request) => {
    seen = [...request.headers].length
    return new Response('')
  })
  const headers = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`x-${n}`, 'a']))
  await new Promise((resolve) => request({ port, headers }, resolve).end())
  expect(seen).toBeLessThanOrEqual(64)
})

test('oversized headers are refused', async () => {
  const { port } = await start(hello)
  const status = await new Promise((resolve) =>
    request({ port, headers: { 'x-big': 'a'.repeat(20_000) } }, (response) => resolve(response.statusCode)).end(),
  )
  expect(status).toBe(431)
})

test('a sender that never ends its headers is cut off', async () => {
  const { port } = await start(hello)
  const started = performance.now()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  await new Promise((resolve) => socket.on('data', () => {}).on('close', resolve))
  const seconds = (performance.now() - started) / 1000
  expect(seconds).toBeGreaterThan(9)
  expect(seconds).toBeLessThan(15)
})

test('a connection ends with its thousandth answer, and nothing on it is refused', async () => {
  const { port } = await start(hello)
  const socket = connect(port, '127.0.0.1')
  const ask = () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const answers: string[] = []
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answers.push(chunk)
    // It goes on asking whatever the answer's headers say.
    ask()
  })
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  ask()
  await ended
  expect(answers).toHaveLength(1_000)
  expect(answers.filter((answer) => !answer.startsWith('HTTP/1.1 200'))).toEqual([])
  expect(answers.findIndex((answer) => /^connection: close/im.test(answer))).toBe(999)
})
