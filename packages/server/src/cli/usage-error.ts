// Commands: read settings, start, stop, say what happens. The only room that may end the process or read its surroundings.
// No rule lives here: a command puts the other rooms together.

/** The caller asked for something that cannot be; the message says what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The results of all readers, or one error that says all that is wrong: nobody wants to hear it piece by piece. */
export function readAll<Results extends readonly unknown[]>(
  ...readers: { readonly [Index in keyof Results]: () => Results[Index] }
): Results {
  const faults: string[] = []
  const results = readers.map((reader) => {
    try {
      return reader()
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      faults.push(error.message)
      return undefined
    }
  })
  if (faults.length > 0) throw new UsageError(faults.join('\n\n'))
  // Without a fault every reader has given its result.
  return results as unknown as Results
}

/** `. Did you mean x?` for the nearest of the known words, or nothing when none is near. */
export function suggest(word: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance)[0]
  return near ? `. Did you mean ${near.candidate}?` : ''
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((row[j] ?? 0) + (letter === b[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    row = next
  }
  return row[b.length] ?? 0
}
