// Measures Poolhouse beside its limits and its peers in the same run, and prints ratios: absolute times say little about
// another machine. `npm run bench`, or `npm run bench -- tokens storm` for some of the groups; docs/bench.md says more.
import { connections, type Row, rounds, seconds, startPeer, tell } from './load.ts'
import { startPoolhouse, type Target } from './poolhouse.ts'
import { crowdRows } from './rows/crowd.ts'
import { hostedRows } from './rows/hosted.ts'
import { machineRows } from './rows/machines.ts'
import { memoryRows } from './rows/memory.ts'
import { rotationRows } from './rows/rotation.ts'
import { srpRows } from './rows/srp.ts'
import { stormRows } from './rows/storm.ts'
import { tokenRows } from './rows/tokens.ts'
import { verificationRows } from './rows/verification.ts'

/** What a group gets: a Poolhouse with users in it, and the bare server. */
export interface Bench {
  readonly target: Target
  readonly bareUrl: string
  /** The process of the bare server. */
  readonly barePid: number
}

const groups: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  tokens: tokenRows,
  hosted: hostedRows,
  srp: srpRows,
  rotation: rotationRows,
  machines: machineRows,
  storm: stormRows,
  verification: verificationRows,
  crowd: crowdRows,
  memory: memoryRows,
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.find((name) => !Object.hasOwn(groups, name))
  if (unknown !== undefined) throw new Error(`There is no group ${unknown}: ${Object.keys(groups).join(', ')}`)
  tell('Starting the bare server and Poolhouse')
  const bare = await startPeer('bare')
  const target = await startPoolhouse(connections * 4)
  const rows: Row[] = []
  try {
    for (const [name, measureGroup] of Object.entries(groups))
      if (asked.length === 0 || asked.includes(name))
        rows.push(...(await measureGroup({ target, bareUrl: bare.url, barePid: bare.child.pid ?? 0 })))
  } finally {
    bare.child.removeAllListeners('exit')
    bare.child.kill()
    await target.stop()
    print(rows, target)
  }
}

function print(rows: readonly Row[], target: Target): void {
  const cells = rows.map(({ what, beside, ours, ratio, goal, atMost = false, p99 }) => [
    what,
    beside,
    ours,
    ratio.toFixed(2),
    goal === undefined ? '' : `${atMost ? '<=' : '>='} ${goal}`,
    goal === undefined ? '' : (atMost ? ratio <= goal : ratio >= goal) ? 'yes' : 'NO',
    p99 === undefined ? '' : `${p99} ms`,
  ])
  const head = ['measure', 'beside', 'poolhouse', 'ratio', 'goal', 'met', 'p99']
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  for (const row of [head, ...cells])
    console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  console.log(
    `\nready after ${target.readyAfter.toFixed(0)} ms (goal 500), ${target.residentMegabytes} MB resident when idle (goal 120)`,
  )
  console.log(
    `${connections} connections, ${rounds} rounds of ${seconds} s each, medians; load, peers and Poolhouse share this machine.`,
  )
}

await main()
