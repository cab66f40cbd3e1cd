import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PerlBackend, PerlLost, type PerlQuestions } from '../backend.ts'
import { decodeFields, encodeFields } from '../fields.ts'

export interface SystemPerlOptions {
  /** The program: `perl`, or its path. */
  readonly program: string
  readonly questions: PerlQuestions
  /** Where standard output is taken, what code prints goes to standard error. */
  readonly isOutputTaken: boolean
  /** Of one call; a longer one is taken for a hanging one, and the program is ended. */
  readonly timeMs: number
  /** Milliseconds that only ever go on. */
  readonly monotonic: () => number
}

/** How long it may take to start, modules that PERL5OPT names included. */
const START_MS = 10_000

/** Looks at an answer that is not there yet without a pause, then with pauses of so many milliseconds. */
const SPINS = 2000
const PAUSE_MS = 0.2

const FRAME_HEAD_BYTES = 5

/**
 * The machine's own Perl as a program beside us, for modules that the sandbox can't have. Nothing is kept from it. It is begun
 * when it is first asked for something, and again when it has died or hangs.
 *
 * We wait for it without letting the event loop on, as its code runs in the middle of matching: over two FIFOs, of which
 * the one that we read is opened not to block, so that its end and its silence are both seen.
 */
export class SystemPerl implements PerlBackend {
  readonly #options: SystemPerlOptions
  #process: RunningPerl | undefined
  #life = ''

  constructor(options: SystemPerlOptions) {
    this.#options = options
  }

  get life(): string {
    return this.#life
  }

  exchange(request: string): string {
    const perl = this.#begin()
    const { questions, timeMs } = this.#options
    try {
      perl.send('R', request)
      for (;;) {
        const { kind, text } = perl.take(timeMs)
        if (kind === 'A') return text
        perl.send('Q', encodeFields(questions.answer(decodeFields(text))))
      }
    } catch (error) {
      this.close()
      const reason =
        error instanceof PerlLost ? error.message : `the perl program has failed: ${String(error)}`
      throw new PerlLost(`${reason}; it is started again, and what Perl variables held is lost`)
    }
  }

  close(): void {
    this.#process?.end()
    this.#process = undefined
    this.#life = ''
  }

  #begin(): RunningPerl {
    if (this.#process !== undefined) return this.#process
    const perl = new RunningPerl(this.#options)
    try {
      perl.take(START_MS)
    } catch (error) {
      perl.end()
      throw error
    }
    this.#process = perl
    this.#life = randomUUID()
    return perl
  }
}

/** One process and the two FIFOs that lead to it. */
class RunningPerl {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #requests: number
  readonly #answers: number
  readonly #monotonic: () => number
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES)
  readonly #pause = new Int32Array(new SharedArrayBuffer(4))
  /** It has opened its end: from now on an end of what comes is its end. */
  #isOpen = false

  /** @throws PerlLost */
  constructor({ program, isOutputTaken, monotonic }: SystemPerlOptions) {
    this.#monotonic = monotonic
    this.#folder = mkdtempSync(join(tmpdir(), 'correlog-perl-'))
    const requests = join(this.#folder, 'requests')
    const answers = join(this.#folder, 'answers')
    const { status } = spawnSync('mkfifo', ['-m', '600', requests, answers])
    if (status !== 0) {
      rmSync(this.#folder, { recursive: true, force: true })
      throw new PerlLost(`can't make the FIFOs to perl in ${this.#folder}`)
    }
    // For reading too, so that it does not wait for the reader.
    this.#requests = openSync(requests, constants.O_RDWR)
    this.#answers = openSync(answers, constants.O_RDONLY | constants.O_NONBLOCK)
    const [backend = '', ...code] = ['backend.pl', '../driver.pl', '../sec-internals.pl'].map(name =>
      fileURLToPath(new URL(name, import.meta.url))
    )
    this.#child = spawn(program, [backend, requests, answers, ...code], {
      stdio: ['ignore', isOutputTaken ? 2 : 'inherit', 'inherit']
    })
    // A program that is not there: its silence says it.
    this.#child.on('error', () => {})
    this.#child.unref()
  }

  /** @throws Error of the FIFO */
  send(kind: 'R' | 'Q', text: string): void {
    const frame = Buffer.alloc(FRAME_HEAD_BYTES + text.length)
    frame.write(kind, 0, 'latin1')
    frame.writeUInt32BE(text.length, 1)
    frame.write(text, FRAME_HEAD_BYTES, 'latin1')
    for (let at = 0; at < frame.length; ) at += writeSync(this.#requests, frame, at)
  }

  /** The next frame. @throws PerlLost */
  take(timeMs: number): { readonly kind: string; readonly text: string } {
    const end = this.#monotonic() + timeMs
    this.#fill(this.#head, end, timeMs)
    const bytes = Buffer.alloc(this.#head.readUInt32BE(1))
    this.#fill(bytes, end, timeMs)
    return { kind: this.#head.toString('latin1', 0, 1), text: bytes.toString('latin1') }
  }

  end(): void {
    // Without a process Node.js sends it to 0, which is every process of our group.
    if (this.#child.pid !== undefined) this.#child.kill('SIGKILL')
    closeSync(this.#requests)
    closeSync(this.#answers)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #fill(bytes: Buffer, end: number, timeMs: number): void {
    let waits = 0
    for (let at = 0; at < bytes.length; ) {
      const read = readIfThere(this.#answers, bytes, at)
      if (read !== undefined && read > 0) {
        this.#isOpen = true
        at += read
        continue
      }
      if (read === 0 && this.#isOpen) throw new PerlLost('the perl program has ended')
      if (read === 0 && this.#hasFailed())
        throw new PerlLost("the perl program can't be started, or has ended at once")
      if (++waits > SPINS) {
        if (this.#monotonic() > end) throw new PerlLost(`Perl code ran for more than ${timeMs} ms`)
        Atomics.wait(this.#pause, 0, 0, PAUSE_MS)
      }
    }
  }

  /** Whether it is gone before it has opened its end; the event loop, which would tell, does not run. */
  #hasFailed(): boolean {
    const { pid } = this.#child
    if (pid === undefined) return true
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
    } catch {
      return true
    }
  }
}

/** How many bytes were read; `undefined`: none are there yet. */
function readIfThere(fd: number, bytes: Buffer, at: number): number | undefined {
  try {
    return readSync(fd, bytes, at, bytes.length - at, null)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}
