import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Ends a run with what was skipped, by name and with its reason, and one line `N passed, N failed, N skipped`. A file
 * that fails outside its tests counts as one failure, and so does an error outside all files.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const count = (state: string): number => tests.filter(test => test.result().state === state).length
    const brokenModules = modules.filter(
      module => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0
    )
    const failed = count('failed') + brokenModules.length + unhandledErrors.length

    for (const [reason, names] of skippedByReason(tests)) {
      process.stdout.write(`skipped${reason}\n${names.map(name => `  ${name}\n`).join('')}`)
    }
    process.stdout.write(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`)
  }
}

/** Reasons in the order in which they first come; the empty one where a test gives none. */
function skippedByReason(tests: readonly TestCase[]): Map<string, string[]> {
  const byReason = new Map<string, string[]>()
  for (const test of tests) {
    const result = test.result()
    if (result.state !== 'skipped') continue
    const reason = result.note ? `: ${result.note}` : ''
    const names = byReason.get(reason) ?? []
    names.push(`${test.module.relativeModuleId} > ${test.fullName}`)
    byReason.set(reason, names)
  }
  return byReason
}
