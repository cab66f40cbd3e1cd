import { randomUUID } from 'node:crypto'
import { ALL_FILES, type FilePolicy, onlyWithin } from './file-policy.ts'
import { PerlInstance } from './instance.ts'
import type { KeptPerl } from './kept-memory.ts'
import type { Memory } from './memory.ts'
import { MemoryImage } from './memory-image.ts'
import type { PerlModule } from './module.ts'
import { OpenFiles } from './open-files.ts'
import { wasiImports } from './wasi.ts'

export interface RunningPerlOptions {
  readonly module: PerlModule
  readonly files: FilePolicy
  /** `NAME=value`, byte strings. */
  readonly environment: readonly string[]
  /** The first folder with modules, before those that Perl brings along, and others behind them. */
  readonly shims: string
  readonly libraries: readonly string[]
  readonly directory: string
  readonly mostBytes: number
  /** What `$$` is: of this process. */
  readonly pid: number
  readonly isKept: boolean
  /** What it prints. */
  readonly output: (bytes: Buffer) => void
  readonly errors: (bytes: Buffer) => void
  readonly onQuestion: (question: string) => string
  readonly onFuelUsed: () => void
  /** Milliseconds since Epoch. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => void
}

/** What is there for a Perl that begins: the same everywhere, so that its memory is, too. */
const NO_FILES = onlyWithin([], [])

/** One life of a WebAssembly Perl. */
export class RunningPerl implements Omit<KeptPerl, 'image'> {
  readonly image: MemoryImage | undefined
  readonly build: string
  readonly mostBytes: number
  hasRun = true
  readonly #options: RunningPerlOptions
  readonly #instance: PerlInstance
  readonly #files: OpenFiles
  #life: string = randomUUID()
  #policy = NO_FILES

  constructor(options: RunningPerlOptions) {
    const { module, onQuestion, onFuelUsed, output, errors, now, isKept } = options
    this.#options = options
    this.mostBytes = options.mostBytes
    this.#files = new OpenFiles(output, errors)
    let memory: Memory | undefined
    let hasBegun = false
    const imports = wasiImports({
      ...options,
      memory: () => memory as Memory,
      files: this.#files,
      policy: () => this.#policy,
      environment: ['PERL_HASH_SEED=0'],
      now: () => (hasBegun ? now() : 0)
    })
    this.#instance = new PerlInstance({ module: module.module, imports, onQuestion, onFuelUsed }, made => {
      memory = made
    })
    hasBegun = true
    this.image = isKept ? new MemoryImage(this.#instance.memory) : undefined
    this.build = `${module.sha256} ${this.image?.sha256 ?? ''}`
    this.#setUp()
    this.#policy = options.files
  }

  get life(): string {
    return this.#life
  }

  get stackPointer(): number {
    return this.#instance.stackPointer
  }

  get bytes(): number {
    return this.#instance.memory.bytes.length
  }

  get openFiles(): readonly number[] {
    return this.#files.opened
  }

  /** @throws whatever ends WebAssembly code: then it is good for nothing any more. */
  request(text: string): string {
    this.hasRun = true
    return this.#instance.request(text)
  }

  continueAs({ life, stackPointer, files }: Parameters<KeptPerl['continueAs']>[0]): void {
    this.#life = life
    this.#instance.stackPointer = stackPointer
    this.#files.closeAll()
    this.#files.lose(files)
    this.#findSelf()
  }

  /** Closes its files. */
  close(): void {
    this.#files.closeAll()
  }

  #setUp(): void {
    // Relative paths begin there also where the folder itself is not to be seen.
    this.#policy = ALL_FILES
    const { environment, libraries, directory, now } = this.#options
    const variables = environment.map(each => {
      const [name = '', ...value] = each.split('=')
      return `${quoted(name)}, ${quoted(value.join('='))}`
    })
    this.#instance.run(`%ENV = (${variables.join(', ')}); 1`)
    this.#instance.run(`push @INC, ${libraries.map(quotedPath).join(', ') || '()'}; 1`)
    this.#findSelf()
    // So that numbers of references come in one life only: none makes a thousand a second for as long as it lasts.
    this.#instance.run(`$Correlog::Driver::last = ${Math.floor(now())}; 1`)
    this.#instance.run(`chdir ${quotedPath(directory)}; $| = 1; $^T = ${Math.floor(now() / 1000)}; 1`)
  }

  /** What may be otherwise than where a Perl has begun that this one continues. */
  #findSelf(): void {
    const shims = quotedPath(this.#options.shims)
    this.#instance.run(`$$ = $Correlog::Driver::pid = ${this.#options.pid}; 1`)
    this.#instance.run(`
      my $before = $Correlog::Backend::shims;
      @INC = (${shims}, grep { !defined $before || ref $_ || $_ ne $before } @INC);
      $Correlog::Backend::shims = ${shims}; 1`)
    this.hasRun = true
  }
}

function quotedPath(text: string): string {
  return quoted(Buffer.from(text).toString('latin1'))
}

/** A byte string as Perl code. */
function quoted(text: string): string {
  return `"${Buffer.from(text, 'latin1').toString('hex').replace(/../g, '\\x$&')}"`
}
