import { expect, test } from 'vitest'
import { createHashQueue } from './hash-queue.ts'

/** Work that ends when it is told to. */
function heldWork(log: string[], name: string) {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const work = async () => {
    log.push(name)
    await ended
    return name
  }
  return { work, end: () => end() }
}

test('so many at once, so many wait in order, the next one is refused', async () => {
  const queue = createHashQueue({ atOnce: 2, waiting: 2 })
  const log: string[] = []
  const works = ['a', 'b', 'c', 'd'].map((name) => heldWork(log, name))
  const done = works.map(({ work }) => queue.run(work))
  expect(() => queue.checkRoom()).toThrow('Too many requests')
  await expect(queue.run(async () => log.push('e'))).rejects.toMatchObject({ code: 'TooManyRequests' })
  expect(log).toEqual(['a', 'b'])
  works[1]?.end()
  await done[1]
  queue.checkRoom()
  // A place that is handed over is not free: one may wait again, and it waits behind the others.
  const late = heldWork(log, 'f')
  const last = queue.run(late.work)
  await expect(queue.run(async () => log.push('g'))).rejects.toMatchObject({ code: 'TooManyRequests' })
  expect(log).toEqual(['a', 'b', 'c'])
  for (const { end } of [...works, late]) end()
  expect(await Promise.all([...done, last])).toEqual(['a', 'b', 'c', 'd', 'f'])
  expect(log).toEqual(['a', 'b', 'c', 'd', 'f'])
})

test('work that fails gives its place back', async () => {
  const queue = createHashQueue({ atOnce: 1, waiting: 0 })
  const failing = async () => {
    throw new Error('broken')
  }
  for (let round = 0; round < 3; round++) await expect(queue.run(failing)).rejects.toThrow('broken')
  expect(await queue.run(async () => 'fine')).toBe('fine')
})
