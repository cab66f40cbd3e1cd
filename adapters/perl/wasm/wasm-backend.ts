import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type PerlBackend, PerlLost, type PerlQuestions } from '../backend.ts'
import { decodeFields, encodeFields } from '../fields.ts'
import type { FilePolicy } from './file-policy.ts'
import { PerlInstance } from './instance.ts'
import { loadPerlModule, type PerlModule } from './module.ts'
import { OpenFiles } from './open-files.ts'
import { PerlExited, wasiImports } from './wasi.ts'

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

/** Modules of ours that stand in for those that the WebAssembly Perl lacks. */
const SHIMS = fileURLToPath(new URL('../lib', import.meta.url))

/**
 * Real Perl in WebAssembly, begun when it is first asked for something. Nothing of the process is within its reach but
 * by the calls of WASI that are answered here. A call that takes too long or too much ends the instance; the next one
 * begins a new one.
 */
export class WasmPerl implements PerlBackend {
  readonly #options: WasmPerlOptions
  #module: PerlModule | undefined
  #instance: PerlInstance | undefined
  #files: OpenFiles | undefined
  #life = ''
  #printed = 0
  #startedAt = 0

  constructor(options: WasmPerlOptions) {
    this.#options = options
  }

  get life(): string {
    return this.#life
  }

  exchange(request: string): string {
    const instance = this.#begin()
    this.#printed = 0
    this.#startedAt = this.#options.monotonic()
    try {
      return instance.request(request)
    } catch (error) {
      this.#end()
      throw new PerlLost(`${reasonOf(error, this.#options.limits)}; what Perl variables held is lost`)
    }
  }

  close(): void {
    this.#end()
  }

  #begin(): PerlInstance {
    if (this.#instance !== undefined) return this.#instance
    const { limits, environment, libraries, directory, questions } = this.#options
    this.#module ??= loadPerlModule(limits.memoryBytes)
    const files = new OpenFiles(
      bytes => this.#print(bytes, text => questions.output(text)),
      bytes => this.#print(bytes, text => questions.errors(text))
    )
    let memory: PerlInstance['memory'] | undefined
    const imports = wasiImports({
      ...this.#options,
      memory: () => memory as PerlInstance['memory'],
      files,
      policy: () => this.#policy,
      environment: ['PERL_HASH_SEED=0', ...environment]
    })
    const onQuestion = (question: string): string => encodeFields(questions.answer(decodeFields(question)))
    const onFuelUsed = (): void => this.#checkTime()
    this.#startedAt = this.#options.monotonic()
    const instance = new PerlInstance(
      { module: this.#module.module, imports, onQuestion, onFuelUsed },
      made => {
        memory = made
      }
    )
    const folders = [SHIMS, ...libraries].map(quoted)
    instance.run(`unshift @INC, ${folders[0]}; push @INC, ${folders.slice(1).join(', ') || '()'}; 1`)
    instance.run(`chdir ${quoted(directory)}; $| = 1; 1`)
    this.#files = files
    this.#instance = instance
    this.#life = randomUUID()
    return instance
  }

  #end(): void {
    this.#files?.closeAll()
    this.#files = undefined
    this.#instance = undefined
    this.#life = ''
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

  #print(bytes: Buffer, print: (text: string) => void): void {
    this.#printed += bytes.length
    if (this.#printed > this.#options.limits.outputBytes) throw new PrintedTooMuch()
    print(bytes.toString('latin1'))
  }
}

class PrintedTooMuch extends Error {}

class TookTooLong extends Error {}

function quoted(text: string): string {
  return `"${Buffer.from(text).toString('hex').replace(/../g, '\\x$&')}"`
}

function reasonOf(error: unknown, { timeMs, memoryBytes, outputBytes }: PerlLimits): string {
  if (error instanceof PerlLost) return error.message
  if (error instanceof PrintedTooMuch) return `Perl code printed more than ${outputBytes} bytes in one call`
  if (error instanceof PerlExited) {
    return `Perl has ended itself with status ${error.status}, as it does when ${memoryBytes} bytes of memory are used up`
  }
  if (error instanceof TookTooLong) return `Perl code ran for more than ${timeMs} ms`
  if (error instanceof RangeError) return 'Perl code went too deep'
  return `Perl has failed: ${String(error)}`
}
