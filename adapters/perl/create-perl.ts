import type { PerlContexts } from '../../plugin/perl/contexts.ts'
import type { PerlHost } from '../../plugin/perl/host.ts'
import type { PerlBackend, PerlQuestions } from './backend.ts'
import { perlLibraries } from './environment.ts'
import { DriverHost } from './driver-host.ts'
import { perlQuestions, type QuestionsOptions } from './questions.ts'
import { SystemPerl } from './system/system-backend.ts'
import { ALL_FILES, type FilePolicy } from './wasm/file-policy.ts'
import { type PerlLimits, WasmPerl } from './wasm/wasm-backend.ts'

export interface PerlOptions extends Omit<QuestionsOptions, 'contexts'> {
  /** The rules' clock: seconds since Epoch. */
  readonly now: () => number
  /** Which Perl: in WebAssembly, by default, or the machine's own program. */
  readonly runtime?: 'wasm' | 'system'
  /** Standard output carries something else: what code of the machine's Perl prints goes to standard error. */
  readonly isOutputTaken?: boolean
  /** Code has called `exit`. */
  readonly onExit: (status: number) => void
  /** By default all, as in SEC. */
  readonly files?: FilePolicy
  /** What is in `%ENV` under WebAssembly; by default all, as in SEC. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly limits?: Partial<PerlLimits>
  /** Whether what it remembers is asked for: `PerlHost.memory`. */
  readonly isKept?: boolean
}

export interface RulesPerl {
  readonly host: PerlHost
  /** Ends it. Safe to call twice. */
  close(): void
}

/** A call that takes a minute is taken for one without an end. */
const LIMITS: PerlLimits = { timeMs: 60_000, memoryBytes: 512 * 2 ** 20, outputBytes: 64 * 2 ** 20 }

/** What code in the sandbox may print in one call. */
export const SANDBOX_OUTPUT_BYTES = 2 ** 20

/** The Perl inside the rules of one correlator. It begins when the first code is compiled. */
export function createPerl(options: PerlOptions): RulesPerl {
  let contexts: PerlContexts | undefined
  const limits = { ...LIMITS, ...options.limits }
  const programTimeMs = Number.isFinite(limits.timeMs) ? limits.timeMs : undefined
  const questions = perlQuestions({ ...options, programTimeMs, contexts: () => contexts })
  const backend =
    options.runtime === 'system'
      ? createSystemPerl(options, questions, limits)
      : createWasmPerl(options, questions, limits)
  const { now, onExit } = options
  const onContexts = (given: PerlContexts): void => {
    contexts = given
  }
  const host = new DriverHost({ backend, now, onExit, onContexts })
  return { host, close: () => backend.close() }
}

function createSystemPerl(
  { isOutputTaken = false }: PerlOptions,
  questions: PerlQuestions,
  { timeMs }: PerlLimits
): PerlBackend {
  return new SystemPerl({
    program: 'perl',
    questions,
    isOutputTaken,
    timeMs,
    monotonic: () => performance.now()
  })
}

function createWasmPerl(options: PerlOptions, questions: PerlQuestions, limits: PerlLimits): PerlBackend {
  return new WasmPerl({
    questions,
    files: options.files ?? ALL_FILES,
    environment: Object.entries(options.environment ?? process.env).map(([name, value]) =>
      Buffer.from(`${name}=${value}`).toString('latin1')
    ),
    libraries: perlLibraries(process.env),
    directory: process.cwd(),
    limits,
    pid: process.pid,
    isKept: options.isKept ?? false,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: milliseconds => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  })
}
