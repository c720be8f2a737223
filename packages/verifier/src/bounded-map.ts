/** A Map that holds at most `limit` entries; what has not been used for long makes room. */
export interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/**
 * An empty one. Keys are compared whole, never by a hash of them: two tokens never share an entry. Two generations instead
 * of an order: a full young one becomes the old one, and what is used of the old one moves to the young.
 */
export function boundedMap<V>(limit: number): BoundedMap<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()

  function set(key: string, value: V): void {
    young.set(key, value)
    if (young.size <= limit / 2) return
    old = young
    young = new Map([[key, value]])
    old.delete(key)
  }

  return {
    set,
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
  }
}
