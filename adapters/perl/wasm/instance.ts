import { readFileSync } from 'node:fs'
import { PerlLost } from '../backend.ts'
import { Memory } from './memory.ts'
import { FUEL_EXPORT, HOST_CALL } from './module.ts'

/** What of the module's exports is called. Pointers and sizes are numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory
  readonly __stack_pointer: WebAssembly.Global
  readonly [FUEL_EXPORT]: WebAssembly.Global
  readonly _initialize: () => void
  readonly malloc: (size: number) => number
  readonly free: (address: number) => void
  readonly zeroperl_init: () => number
  readonly zeroperl_eval: (code: number, context: number, argc: number, argv: number) => number
  readonly zeroperl_call: (name: number, context: number, argc: number, argv: number) => number
  readonly zeroperl_result_get: (result: number, index: number) => number
  readonly zeroperl_result_free: (result: number) => void
  readonly zeroperl_new_string: (address: number, length: number) => number
  readonly zeroperl_to_string: (value: number, length: number) => number
  readonly zeroperl_value_free: (value: number) => void
  readonly zeroperl_last_error: () => number
  readonly zeroperl_register_function: (id: number, name: number) => void
  readonly zeroperl_set_var: (name: number, value: number) => number
}

const SCALAR = 1

export interface InstanceOptions {
  readonly module: WebAssembly.Module
  readonly imports: Record<string, (...args: never[]) => number>
  /** Answers what the code asks in the middle of a call. */
  readonly onQuestion: (question: string) => string
  /** Called from time to time while code runs. Throws to end it, and the instance with it. */
  readonly onFuelUsed: () => void
}

/** Turns of loops between two looks at the clock: some milliseconds. */
const FUEL = 1_000_000

/** One running Perl with the driver loaded. After an error that it throws it is good for nothing. */
export class PerlInstance {
  readonly memory: Memory
  readonly #exports: Exports
  readonly #requestName: number
  readonly #answerName: number
  /** Room for a pointer or a length. */
  readonly #cell: number

  constructor(
    { module, imports, onQuestion, onFuelUsed }: InstanceOptions,
    onMemory: (memory: Memory) => void
  ) {
    const env = {
      call_host_function: (id: number, count: number, values: number): number => {
        if (id === HOST_CALL.fuel) {
          onFuelUsed()
          this.#exports[FUEL_EXPORT].value = FUEL
          return 0
        }
        const question = count > 0 ? this.#textOf(this.memory.u32(values)) : ''
        this.#setAnswer(onQuestion(question))
        // A value that is returned is never freed; the answer is in a variable.
        return 0
      }
    }
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports, env })
    this.#exports = instance.exports as unknown as Exports
    this.memory = new Memory(this.#exports.memory)
    onMemory(this.memory)
    this.#exports[FUEL_EXPORT].value = FUEL
    this.#exports._initialize()
    const status = this.#exports.zeroperl_init()
    if (status !== 0) throw new PerlLost(`the WebAssembly Perl does not start (status ${status})`)
    this.#cell = this.#exports.malloc(4)
    this.#requestName = this.#cString('Correlog::Driver::request')
    this.#answerName = this.#cString('Correlog::Backend::answer')
    this.#exports.zeroperl_register_function(HOST_CALL.question, this.#cString('Correlog::Backend::question'))
    this.run(BACKEND)
    for (const name of ['../driver.pl', '../sec-internals.pl', 'overrides.pl']) {
      this.run(readFileSync(new URL(name, import.meta.url), 'latin1'))
    }
  }

  get stackPointer(): number {
    return this.#exports.__stack_pointer.value
  }

  set stackPointer(value: number) {
    this.#exports.__stack_pointer.value = value
  }

  /** Runs code of ours. @throws PerlLost */
  run(code: string): void {
    const address = this.#cString(code)
    const status = this.#exports.zeroperl_eval(address, SCALAR, 0, 0)
    this.#exports.free(address)
    if (status !== 0) throw new PerlLost(`the driver does not load: ${this.#lastError()}`)
  }

  /** @throws PerlLost; PerlExited; whatever ends WebAssembly code */
  request(text: string): string {
    const { zeroperl_call, zeroperl_result_get, zeroperl_result_free, zeroperl_value_free } = this.#exports
    const value = this.#newString(text)
    const values = this.#cell
    this.memory.setU32(values, value)
    const result = zeroperl_call(this.#requestName, SCALAR, 1, values)
    zeroperl_value_free(value)
    if (result === 0) throw new PerlLost(`the driver has failed: ${this.#lastError()}`)
    const answer = this.#textOf(zeroperl_result_get(result, 0))
    // The values of a result go with it.
    zeroperl_result_free(result)
    return answer
  }

  #setAnswer(text: string): void {
    const value = this.#newString(text)
    this.#exports.zeroperl_set_var(this.#answerName, value)
    this.#exports.zeroperl_value_free(value)
  }

  /** Strings go in and out as UTF-8; all that are exchanged have characters below 256 only. */
  #newString(text: string): number {
    const length = Buffer.byteLength(text, 'utf8')
    const address = this.#exports.malloc(length + 1)
    if (address === 0) throw new PerlLost('Out of memory in the WebAssembly Perl')
    this.memory.bytes.write(text, address, 'utf8')
    const value = this.#exports.zeroperl_new_string(address, length)
    this.#exports.free(address)
    return value
  }

  #textOf(value: number): string {
    const address = this.#exports.zeroperl_to_string(value, this.#cell)
    return this.memory.bytes.toString('utf8', address, address + this.memory.u32(this.#cell))
  }

  #cString(text: string): number {
    const address = this.#exports.malloc(text.length + 1)
    this.memory.bytes.write(`${text}\0`, address, 'latin1')
    return address
  }

  #lastError(): string {
    const address = this.#exports.zeroperl_last_error()
    return address === 0 ? 'no reason given' : this.memory.cString(address).trimEnd()
  }
}

/** A question goes out by the function of the host's, and its answer comes in by a variable. */
const BACKEND = `
package Correlog::Backend;
our ($answer, $shims);
sub exchange { question($_[0]); my $text = $answer; utf8::downgrade($text); return $text }
1;
`
