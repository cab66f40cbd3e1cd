import type { LogLevel } from '../../plugin/host.ts'

/** One `--input`, its file pattern expanded. */
export interface InputSpec {
  /** `-` is standard input. */
  readonly path: string
  /** From `--input=PATH=CONTEXT`. */
  readonly context?: string
}

export interface InputsOptions {
  /** `--tail`: wait for more at an input's end. Without it an input is over at its end. */
  readonly tail: boolean
  /** `--fromstart`: what a file holds already is read too. */
  readonly fromStart: boolean
  /** Bytes asked for at once. */
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
}

/** A line as the correlator takes it: bytes as latin1, without its newline. */
export interface InputLine {
  readonly text: string
  readonly source: string
  readonly context?: string
}

export interface InputsCounters {
  /** Lines that were longer than `maxLineBytes`. */
  readonly cutLines: number
  /** Bytes of these lines that no rule sees. */
  readonly cutBytes: number
}

/**
 * SEC's input files: regular files that are followed through rotation and truncation, FIFOs and standard input, polled
 * from one loop. `now` is in seconds since Epoch. Nothing here throws for what an input does.
 */
export class Inputs {
  readonly counters: InputsCounters = { cutLines: 0, cutBytes: 0 }

  constructor(_specs: readonly InputSpec[], _options: InputsOptions, _now: number) {}

  /** The next line, taken from each input in turn (sorted by name); undefined when nothing is there now. */
  next(_now: number): InputLine | undefined {
    return undefined
  }

  /** Without `--tail`: every input has come to its end, and `next` has given its last line. */
  get atEnd(): boolean {
    return false
  }

  /** For HUP: inputs that stay go on where they were, new ones are opened, gone ones closed. */
  update(_specs: readonly InputSpec[], _options: InputsOptions, _now: number): void {}

  /**
   * Resolves after `timeoutMs`, or earlier: on `wake`, or soon after there was input, when more is likely. Call it
   * when `next` gave nothing.
   */
  async waitForInput(timeoutMs: number): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, timeoutMs))
  }

  /** Ends a `waitForInput` under way: a signal came or a program printed something. */
  wake(): void {}

  /** Safe to call twice. */
  close(): void {}
}
