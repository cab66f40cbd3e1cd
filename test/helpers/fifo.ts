import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { scratchFolder } from './scratch.ts'

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/** Makes a FIFO in a folder of its own; gives its path. */
export function makeFifo(context: TestContext): string {
  const path = join(scratchFolder(context), 'fifo')
  execFileSync('mkfifo', [path])
  return path
}

/** Who writes to a FIFO, also before there is a reader. */
export class FifoWriter {
  readonly #fd: number
  #isOpen = true

  constructor(context: TestContext, path: string) {
    this.#fd = openSync(path, O_RDWR | O_NONBLOCK)
    context.onTestFinished(() => this.close())
  }

  get fd(): number {
    return this.#fd
  }

  /** Writes lines, byte strings, waiting where there is no room. */
  async write(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''), 'latin1')
    for (let start = 0; start < bytes.length && this.#isOpen; ) {
      try {
        start += writeSync(this.#fd, bytes, start)
      } catch {
        await pause()
      }
    }
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd)
    this.#isOpen = false
  }
}

/** Who reads a FIFO: attached, it takes what there is; detached, it leaves nothing open. */
export class FifoTail {
  readonly #path: string
  #text = ''
  #count = 0
  #fd: number | undefined

  constructor(context: TestContext, path: string) {
    this.#path = path
    context.onTestFinished(() => this.detach())
  }

  /** Whole lines read so far, byte strings. */
  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1)
  }

  /** How many lines. */
  get count(): number {
    return this.#count
  }

  attach(): void {
    this.#fd = openSync(this.#path, O_RDONLY | O_NONBLOCK)
    void this.#read(this.#fd)
  }

  detach(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) closeSync(fd)
  }

  async #read(fd: number): Promise<void> {
    const room = Buffer.alloc(65_536)
    while (this.#fd === fd) {
      try {
        const count = readSync(fd, room)
        const text = room.toString('latin1', 0, count)
        this.#text += text
        this.#count += text.split('\n').length - 1
        if (count > 0) continue
      } catch {
        // Nothing there now.
      }
      await pause()
    }
  }
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1))
}
