import { expect, test } from 'vitest'
import { listen } from '../http/server.ts'
import { openSqlite } from '../store/sql/sqlite.ts'
import { testWorld } from '../world/test.ts'
import { type ServeOptions, serve } from './serve.ts'

// A server that cannot start leaves its port: whoever waits for it would be told "starting" for ever.
// biome-ignore format: a table
const broken: [title: string, masterKey: Uint8Array, openDatabase: ServeOptions['openDatabase'], why: RegExp][] = [
  ['a master key that is none', Buffer.alloc(3),     async () => openSqlite(':memory:'),           /32 bytes/],
  ['a database that is away',   Buffer.alloc(32, 7), async () => Promise.reject(new Error('away')), /away/],
]
for (const [title, masterKey, openDatabase, why] of broken)
  test(`${title}: the start fails, and nothing listens any more`, async () => {
    let url = ''
    const starting = serve({
      openDatabase,
      async open(fetch) {
        const listener = await listen(fetch, { host: 'localhost', port: 0 })
        url = `http://localhost:${listener.port}`
        return { listeners: [listener], config: { ...testWorld().config, masterKey } }
      },
      document: undefined,
      grace: 0,
    })
    await expect(starting).rejects.toThrow(why)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })
