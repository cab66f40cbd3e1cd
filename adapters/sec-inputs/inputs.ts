import type { InputLine } from '../../plugin/event.ts'
import type { LogLevel } from '../../plugin/host.ts'
import { Input } from './input.ts'
import type { FilePosition } from '../file/file-position.ts'
import { Pause } from './pause.ts'
import type { InputStream } from './stream-reader.ts'

/** One `--input`, its file pattern expanded. */
export interface InputSpec {
  /** A byte string; `-` is standard input. */
  readonly path: string
  /** From `--input=PATH=CONTEXT`. */
  readonly context?: string
}

export interface InputsOptions {
  /** `--tail`: wait for more at an input's end. Without it an input is over at its end. */
  readonly tail: boolean
  /** `--fromstart`: what a file holds already is read too. */
  readonly fromStart: boolean
  /** Bytes asked for at once; at least 64 KiB and at most 1 MiB are. */
  readonly blockSize: number
  /** Seconds after which an input that could not be opened is tried again; 0: never. */
  readonly reopenTimeout: number
  /** Seconds for which an input without news is left alone; 0: it is asked each time. */
  readonly checkTimeout: number
  /** `--rwfifo`: FIFOs are opened for writing too, so that a writer's exit is no end. */
  readonly rwFifo: boolean
  /** A longer line is cut there and what exceeds it is reported. */
  readonly maxLineBytes: number
  readonly log: (level: LogLevel, message: string) => void
  /** Where regular files were read up to before a restart, by path; what has none is opened as ever. */
  readonly positions?: ReadonlyMap<string, readonly FilePosition[]> | undefined
  /** Standard input where it is no regular file; by default the process's own. */
  readonly stdin?: () => InputStream
}

export interface InputsCounters {
  /** Lines that were longer than `maxLineBytes`. */
  readonly cutLines: number
  /** Bytes of these lines that no rule sees. */
  readonly cutBytes: number
}

/** An input with the context in whose name its lines are matched. */
interface NamedInput {
  readonly input: Input
  readonly context: string | undefined
}

/**
 * SEC's input files: regular files that are followed through rotation and truncation, FIFOs and standard input, polled
 * from one loop. `now` is in seconds since Epoch. Nothing here throws for what an input does. Standard input's bytes
 * arrive only while the event loop runs.
 */
export class Inputs {
  readonly #pause = new Pause()
  readonly #counters = { cutLines: 0, cutBytes: 0 }
  #inputs: readonly NamedInput[] = []
  /** Which input is asked next. */
  #turn = 0

  constructor(specs: readonly InputSpec[], options: InputsOptions, now: number) {
    this.update(specs, options, now)
  }

  get counters(): InputsCounters {
    return this.#counters
  }

  /** The next line, taken from each input in turn (sorted by name); undefined when nothing is there now. */
  next(now: number): InputLine | undefined {
    const inputs = this.#inputs
    for (let asked = 0; asked < inputs.length; asked++) {
      const { input, context } = inputs[this.#turn] as NamedInput
      this.#turn = this.#turn + 1 < inputs.length ? this.#turn + 1 : 0
      const text = input.next(now)
      if (text === undefined) continue
      this.#pause.shorten()
      return context === undefined ? { text, source: input.path } : { text, source: input.path, context }
    }
    return undefined
  }

  /** Where reading is to go on after a restart, by path, of inputs that are regular files. */
  positions(): Map<string, readonly FilePosition[]> {
    return new Map(
      this.#inputs.map(({ input }): [string, readonly FilePosition[]] => [input.path, input.positions()])
    )
  }

  /** Without `--tail`: every input has come to its end, and `next` has given its last line. */
  get atEnd(): boolean {
    return this.#inputs.every(({ input }) => input.ended)
  }

  /** For HUP: inputs that stay go on where they were, new ones are opened, gone ones closed. */
  update(specs: readonly InputSpec[], options: InputsOptions, now: number): void {
    // SEC knows an input by its name: of several options for one name the last counts.
    const contexts = new Map(specs.map(({ path, context }) => [path, context]))
    const before = new Map(this.#inputs.map(({ input }) => [input.path, input]))
    for (const [path, input] of before) if (!contexts.has(path)) input.close()
    const surroundings = {
      onNews: () => this.wake(),
      onRead: () => this.#pause.shorten(),
      onCut: (bytes: number, first: boolean) => {
        this.#counters.cutBytes += bytes
        if (first) this.#counters.cutLines++
      }
    }
    this.#inputs = [...contexts.keys()].sort(byBytes).map(path => {
      const kept = before.get(path)
      kept?.update(options, now)
      return { input: kept ?? new Input(path, options, surroundings, now), context: contexts.get(path) }
    })
    this.#turn = 0
  }

  /**
   * Resolves after `timeoutMs`, or earlier: on `wake`, and soon after something was read, when more is likely. Call it
   * when `next` gave nothing, then look again.
   */
  waitForInput(timeoutMs: number): Promise<void> {
    return this.#pause.wait(timeoutMs)
  }

  /** Ends a `waitForInput` under way: a signal came or a program printed something. */
  wake(): void {
    this.#pause.end()
  }

  /** Safe to call twice. */
  close(): void {
    for (const { input } of this.#inputs) input.close()
    this.wake()
  }
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
