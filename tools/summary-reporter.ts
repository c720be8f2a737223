// The last words of `npm test`: each skipped test with its reason, then one line that machines can read.
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** What a run came to. */
export interface Tally {
  passed: number
  failed: number
  readonly skipped: { readonly title: string; readonly reason: string }[]
}

/** Counts the tests of a run. A file or suite that broke outside its tests counts as one failure, so that it cannot hide. */
export function tally(modules: Iterable<TestModule>): Tally {
  const result: Tally = { passed: 0, failed: 0, skipped: [] }
  for (const module of modules) {
    const broken = [module, ...module.children.allSuites()].filter((part) => part.errors().length > 0)
    result.failed += broken.length
    for (const testCase of module.children.allTests()) {
      const outcome = testCase.result()
      if (outcome.state === 'passed') result.passed++
      else if (outcome.state === 'failed') result.failed++
      else result.skipped.push({ title: titleOf(testCase), reason: reasonOf(testCase, broken) })
    }
  }
  return result
}

/** The lines printed at the end; the last is `N passed, N failed`, with `, N skipped` when there are any. */
export function summary({ passed, failed, skipped }: Tally): string {
  const lines = skipped.map(({ title, reason }) => `skipped: ${title}: ${reason}`)
  const counts = `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
  return `\n${[...lines, counts].join('\n')}\n`
}

function titleOf(testCase: TestCase): string {
  return `${testCase.module.relativeModuleId} > ${testCase.fullName}`
}

function reasonOf(testCase: TestCase, broken: readonly (TestModule | TestSuite)[]): string {
  const outcome = testCase.result()
  if (outcome.state === 'skipped' && outcome.note) return outcome.note
  if (broken.length > 0) return 'the set-up of its file or suite failed'
  if (testCase.options.mode === 'run') return 'not selected, or the run ended before it'
  return `no reason is given: it is marked ${testCase.options.mode} where it is written`
}

/** Vitest's reporter, beside the default one. It speaks when the process ends, after everybody else. */
// biome-ignore lint/style/noDefaultExport: Vitest loads a reporter by its default export.
export default class SummaryReporter implements Reporter {
  private last: Tally = { passed: 0, failed: 1, skipped: [] }

  onInit(): void {
    process.on('exit', () => {
      process.stdout.write(summary(this.last))
      // A run in which nothing was proven is not a success.
      if (this.last.failed > 0 || this.last.passed === 0) process.exitCode = process.exitCode || 1
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    this.last = tally(modules)
    this.last.failed += unhandled.length
  }
}
