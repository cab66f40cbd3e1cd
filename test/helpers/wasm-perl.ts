import type { PerlQuestions } from '../../adapters/perl/backend.ts'
import { DriverHost } from '../../adapters/perl/driver-host.ts'
import { ALL_FILES, type FilePolicy } from '../../adapters/perl/wasm/file-policy.ts'
import { type PerlLimits, WasmPerl } from '../../adapters/perl/wasm/wasm-backend.ts'

/** A WebAssembly Perl, and what it printed and asked. */
export interface ObservedPerl {
  readonly host: DriverHost
  readonly backend: WasmPerl
  /** `out:` and `err:` before what was printed, in order. */
  readonly printed: string[]
  readonly questions: string[][]
  /** Of `exit`. */
  readonly exits: number[]
  /** What was slept, in milliseconds. */
  readonly sleeps: number[]
}

export function observedPerl(
  given: {
    /** Takes what is printed to standard output. */
    print?: (text: string) => void
    files?: FilePolicy
    limits?: Partial<PerlLimits>
    answer?: PerlQuestions['answer']
    now?: number
    isKept?: boolean
    /** Milliseconds since Epoch; by default it stands still at `now`. */
    clock?: () => number
  } = {}
): ObservedPerl {
  const printed: string[] = []
  const questions: string[][] = []
  const exits: number[] = []
  const sleeps: number[] = []
  const { now = 1_700_000_000 } = given
  const backend = new WasmPerl({
    questions: {
      answer(question) {
        questions.push([...question])
        return given.answer?.(question) ?? (question[0] === 'run' ? ['-1', '63', ''] : [])
      },
      output: text => (given.print === undefined ? printed.push(`out:${text}`) : given.print(text)),
      errors: text => printed.push(`err:${text}`)
    },
    files: given.files ?? ALL_FILES,
    environment: ['COLOUR=green'],
    libraries: [],
    directory: process.cwd(),
    limits: { timeMs: 2000, memoryBytes: 128 * 2 ** 20, outputBytes: 2 ** 20, ...given.limits },
    pid: 4711,
    isKept: given.isKept ?? false,
    now: given.clock ?? (() => now * 1000),
    monotonic: () => performance.now(),
    sleep: milliseconds => sleeps.push(milliseconds)
  })
  const host = new DriverHost({
    backend,
    now: () => now,
    onExit: status => exits.push(status),
    onContexts: () => {}
  })
  return { host, backend, printed, questions, exits, sleeps }
}
