import { fileURLToPath } from 'node:url'
import type { PerlMemory } from '../../../plugin/perl/memory.ts'
import { type PerlBackend, PerlLost, type PerlQuestions } from '../backend.ts'
import { decodeFields, encodeFields } from '../fields.ts'
import type { FilePolicy } from './file-policy.ts'
import { KeptMemory, type KeptPerl } from './kept-memory.ts'
import { loadPerlModule, type PerlModule } from './module.ts'
import { RunningPerl } from './running-perl.ts'
import { PerlExited } from './wasi.ts'

export interface WasmPerlOptions {
  readonly questions: PerlQuestions
  readonly files: FilePolicy
  /** `NAME=value`, byte strings. */
  readonly environment: readonly string[]
  /** Folders with modules, behind those that Perl brings along. */
  readonly libraries: readonly string[]
  /** Where relative paths begin. */
  readonly directory: string
  readonly limits: PerlLimits
  readonly pid: number
  /** Whether its memory is to be kept: that takes a copy of it. */
  readonly isKept: boolean
  /** Milliseconds since Epoch. */
  readonly now: () => number
  /** Milliseconds that only ever go on. */
  readonly monotonic: () => number
  readonly sleep: (milliseconds: number) => void
}

export interface PerlLimits {
  /** Of one call. */
  readonly timeMs: number
  readonly memoryBytes: number
  /** Printed in one call. */
  readonly outputBytes: number
}

const SLOW_PRINT_MS = 100

/** Modules of ours that stand in for those that the WebAssembly Perl lacks. */
const SHIMS = fileURLToPath(new URL('../lib', import.meta.url))

/**
 * Real Perl in WebAssembly, begun when it is first asked for something. Nothing of the process is within its reach but
 * by the calls of WASI that are answered here. A call that takes too long or too much ends the instance; the next one
 * begins a new one.
 */
export class WasmPerl implements PerlBackend {
  readonly memory: PerlMemory | undefined
  readonly #options: WasmPerlOptions
  #module: PerlModule | undefined
  #running: RunningPerl | undefined
  #printed = 0
  #startedAt = 0

  constructor(options: WasmPerlOptions) {
    this.#options = options
    if (options.isKept) {
      this.memory = new KeptMemory(
        () => this.#running as KeptPerl | undefined,
        () => this.#begin() as KeptPerl
      )
    }
  }

  get life(): string {
    return this.#running?.life ?? ''
  }

  exchange(request: string): string {
    const running = this.#begin()
    this.#printed = 0
    this.#startedAt = this.#options.monotonic()
    try {
      return running.request(request)
    } catch (error) {
      this.close()
      throw new PerlLost(`${reasonOf(error, this.#options.limits)}; what Perl variables held is lost`)
    }
  }

  close(): void {
    this.#running?.close()
    this.#running = undefined
  }

  #begin(): RunningPerl {
    const { limits, questions, monotonic } = this.#options
    this.#startedAt = monotonic()
    if (this.#running !== undefined) return this.#running
    this.#module ??= loadPerlModule(limits.memoryBytes)
    this.#running = new RunningPerl({
      ...this.#options,
      module: this.#module,
      files: this.#policy,
      shims: SHIMS,
      mostBytes: limits.memoryBytes,
      output: bytes => this.#print(bytes, text => questions.output(text)),
      errors: bytes => this.#print(bytes, text => questions.errors(text)),
      onQuestion: question => encodeFields(questions.answer(decodeFields(question))),
      onFuelUsed: () => this.#checkTime(),
      sleep: milliseconds => this.#sleep(milliseconds)
    })
    return this.#running
  }

  get #policy(): FilePolicy {
    const { files } = this.#options
    return {
      mayRead: path => path === SHIMS || path.startsWith(`${SHIMS}/`) || files.mayRead(path),
      mayWrite: path => files.mayWrite(path)
    }
  }

  #checkTime(): void {
    const { monotonic, limits } = this.#options
    if (monotonic() - this.#startedAt > limits.timeMs) throw new TookTooLong()
  }

  /** As long as the call may take. */
  #sleep(milliseconds: number): void {
    const { monotonic, limits, sleep } = this.#options
    const left = this.#startedAt + limits.timeMs - monotonic()
    sleep(Math.max(Math.min(milliseconds, left), 0))
    if (milliseconds > left) throw new TookTooLong()
  }

  #print(bytes: Buffer, print: (text: string) => void): void {
    this.#printed += bytes.length
    if (this.#printed > this.#options.limits.outputBytes) throw new PrintedTooMuch()
    const { monotonic } = this.#options
    const before = monotonic()
    print(bytes.toString('latin1'))
    // Loops that print look at the clock seldom, where each print has to wait for who reads it.
    if (monotonic() - before > SLOW_PRINT_MS) this.#checkTime()
  }
}

class PrintedTooMuch extends Error {}

class TookTooLong extends Error {}

function reasonOf(error: unknown, { timeMs, memoryBytes, outputBytes }: PerlLimits): string {
  if (error instanceof PerlLost) return error.message
  if (error instanceof PrintedTooMuch) return `Perl code printed more than ${outputBytes} bytes in one call`
  if (error instanceof PerlExited) {
    return OUT_OF_MEMORY.has(error.status)
      ? `Perl has ended itself with status ${error.status}, as it does when ${memoryBytes} bytes of memory are used up`
      : `Perl code has ended its Perl with status ${error.status}`
  }
  if (error instanceof TookTooLong) return `Perl code ran for more than ${timeMs} ms`
  if (isStackFull(error)) return 'Perl code went too deep, or caught too many errors in one call'
  return `Perl has failed: ${String(error)}`
}

/** What Perl exits with when it gets no more memory: 1, or the number of its error, ENOMEM. */
const OUT_OF_MEMORY: ReadonlySet<number> = new Set([1, 48])

/** The one of JavaScript, or the one that WebAssembly code has in its memory, which grows down to address 0. */
function isStackFull(error: unknown): boolean {
  return (
    (error instanceof RangeError && error.message.includes('call stack')) ||
    (error instanceof WebAssembly.RuntimeError && error.message.includes('out of bounds'))
  )
}
