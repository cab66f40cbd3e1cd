import { closeSync, openSync, writeSync } from 'node:fs'

/** A file that messages are appended to; `-` is standard output. Writes at once, so that it stands in order with what rules write. */
export class LogFile {
  readonly #path: string
  #descriptor: number | undefined
  #lostWrites = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Opens the file, again if it was open. @throws the system's error; until the next `open` lines are lost then. */
  open(): void {
    this.close()
    this.#descriptor = this.#path === '-' ? 1 : openSync(Buffer.from(this.#path, 'latin1'), 'a')
  }

  /** Takes one line with its newline. A line that the disk refuses is lost and counted. */
  write(line: string): void {
    if (this.#descriptor === undefined) return
    const bytes = Buffer.from(line, 'latin1')
    try {
      for (let offset = 0; offset < bytes.length; ) {
        offset += writeSync(this.#descriptor, bytes, offset)
      }
    } catch {
      this.#lostWrites++
    }
  }

  get lostWrites(): number {
    return this.#lostWrites
  }

  get isOpen(): boolean {
    return this.#descriptor !== undefined
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#descriptor !== undefined && this.#path !== '-') closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
