import { LRUCache } from 'lru-cache'

/**
 * Reads a JSON column of records that are read at every request and change hardly ever: as long as the text under a key is
 * the one of the last time, so is the record. What is given is shared: its type must be read-only.
 */
export function parsedOnce<T>(max: number): (key: string, text: string) => T {
  const known = new LRUCache<string, { readonly text: string; readonly value: T }>({ max })
  return (key, text) => {
    const last = known.get(key)
    if (last?.text === text) return last.value
    const value = JSON.parse(text) as T
    known.set(key, { text, value })
    return value
  }
}
