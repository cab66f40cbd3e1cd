import type { PerlMemory } from '../../plugin/perl/memory.ts'

/** A Perl that runs adapters/perl/driver.pl. */
export interface PerlBackend {
  /**
   * One request, one answer (`fields.ts`). While the code runs it may ask for something: `PerlQuestions`.
   *
   * @throws PerlLost
   */
  exchange(request: string): string
  /** Names its life: in a new one nothing is compiled, and no reference is known. Empty: the next request begins one. */
  readonly life: string
  /** What it remembers, if that can be kept. */
  readonly memory?: PerlMemory | undefined
  /** Ends it. Safe to call twice. */
  close(): void
}

/** The Perl has ended in the middle of a request: its time or memory was up, or it was ended. The next request begins a new one. */
export class PerlLost extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PerlLost'
  }
}

/** What Perl code asks of the rules' side while it runs. All are byte strings. */
export interface PerlQuestions {
  /** The first field says what is wanted; the answer's fields. Must not throw. */
  answer(question: readonly string[]): readonly string[]
  /** What it prints to standard output, and to standard error. */
  output(text: string): void
  errors(text: string): void
}
