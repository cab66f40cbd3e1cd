import { TrackedMap } from './state/tracked-map.ts'

/** The last lines of one input, oldest first; always `size` long, at first empty lines. Plain data. */
export interface InputBuffer {
  readonly lines: string[]
  /** Where each line came from. */
  readonly sources: string[]
}

/** The joint buffer's name, and that of the buffer of synthetic and internal events. An input is never called so. */
const SYNTHETIC_BUFFER = ''

/** The name that stands for the source of synthetic and internal events in `$+{_inputsrc}`. */
const SYNTHETIC_SOURCE = 'synthetic'

/**
 * The last lines that multi-line patterns see: one buffer for all inputs (joint), or one for each input and one for
 * synthetic and internal events. Source: SEC manual, "INPUT PROCESSING AND TIMING".
 */
export class InputBuffers {
  readonly size: number
  readonly joint: boolean
  /** By source, or SYNTHETIC_BUFFER. */
  readonly bySource: TrackedMap<string, InputBuffer>
  #current: InputBuffer
  #currentSource: string | undefined

  /** `bySource` holds what there was before a restart; `current` is the source of the last line. */
  constructor(
    size: number,
    joint: boolean,
    bySource = new TrackedMap<string, InputBuffer>(),
    current?: string
  ) {
    this.size = size
    this.joint = joint
    this.bySource = bySource
    for (const [source, { lines, sources }] of bySource) {
      if (lines.length === size) continue
      bySource.set(source, { lines: lastOf(lines, size), sources: lastOf(sources, size) })
    }
    // Before the first line there is the joint buffer or none.
    const name = this.#nameOf(current)
    this.#current = joint ? this.#buffer(name) : (bySource.get(name) ?? emptyBuffer(size))
    this.#currentSource = current
  }

  /** Takes in a line; its buffer is the current one until the next line. */
  push(text: string, source: string | undefined): void {
    const name = this.#nameOf(source)
    const buffer = this.#buffer(name)
    this.#current = buffer
    this.#currentSource = source
    this.bySource.touch(name)
    if (this.size === 1) {
      buffer.lines[0] = text
      buffer.sources[0] = source ?? SYNTHETIC_SOURCE
      return
    }
    buffer.lines.shift()
    buffer.lines.push(text)
    buffer.sources.shift()
    buffer.sources.push(source ?? SYNTHETIC_SOURCE)
  }

  /** The last `count` lines of the current buffer, joined by newlines. */
  text(count: number): string {
    const { lines } = this.#current
    return count === 1 ? (lines[this.size - 1] as string) : lines.slice(-count).join('\n')
  }

  /** `$+{_inputsrc}` of a match over `count` lines: the input's name, or with a joint buffer one name a line. */
  source(count: number): string {
    const { sources } = this.#current
    return this.joint && count > 1 ? sources.slice(-count).join(' ') : (sources[this.size - 1] as string)
  }

  /** The last `count` lines of the current buffer, and the sources that they came from: one each, or one for all. */
  lastLines(count: number): {
    readonly lines: readonly string[]
    readonly sources: readonly (string | undefined)[]
  } {
    const { lines, sources } = this.#current
    const from = this.joint ? sources.slice(-count) : sources.slice(-1)
    return {
      lines: lines.slice(-count),
      sources: from.map(source => (source === SYNTHETIC_SOURCE ? undefined : source))
    }
  }

  /** The source of the last line; `undefined` of a synthetic or internal event. */
  get currentSource(): string | undefined {
    return this.#currentSource
  }

  /** The source whose buffer is current, for messages; `undefined` with a joint buffer. */
  get currentName(): string | undefined {
    return this.joint ? undefined : (this.#currentSource ?? SYNTHETIC_SOURCE)
  }

  /** Replaces the last `lines.length` lines (at most `size`) of the current buffer; false if there is none. */
  rewrite(lines: readonly string[]): boolean {
    if (this.bySource.get(this.#nameOf(this.#currentSource)) !== this.#current) return false
    const start = this.size - lines.length
    for (const [index, line] of lines.entries()) this.#current.lines[start + index] = line
    this.bySource.touch(this.#nameOf(this.#currentSource))
    return true
  }

  /** Forgets the lines of other inputs than these. */
  keep(inputs: ReadonlySet<string>): void {
    for (const source of this.bySource.keys()) {
      if (source !== SYNTHETIC_BUFFER && !inputs.has(source)) this.bySource.delete(source)
    }
  }

  #nameOf(source: string | undefined): string {
    return this.joint ? SYNTHETIC_BUFFER : (source ?? SYNTHETIC_BUFFER)
  }

  #buffer(name: string): InputBuffer {
    let buffer = this.bySource.get(name)
    if (buffer === undefined) {
      buffer = emptyBuffer(this.size)
      this.bySource.set(name, buffer)
    }
    return buffer
  }
}

function emptyBuffer(size: number): InputBuffer {
  return { lines: new Array<string>(size).fill(''), sources: new Array<string>(size).fill('') }
}

/** As many as `size`, with empty lines before them where they are too few. */
function lastOf(lines: readonly string[], size: number): string[] {
  const last = lines.slice(-size)
  return [...new Array<string>(size - last.length).fill(''), ...last]
}
