import type { StateChanges } from '../adapter.ts'

/** What the keys of all entries of a Perl's memory begin with. */
export const PERL_MEMORY = 'perl/'

/**
 * All that Perl variables, closures and references hold, as entries of a state: what differs from a Perl that has just
 * begun. Keys begin with `perl/`, values are byte strings (latin1), none longer than 256 KiB.
 */
export interface PerlMemory {
  snapshot(): ReadonlyMap<string, string>
  /**
   * What has changed in the snapshot since this was last asked, or since what was restored. Costs next to nothing where no
   * code has run since.
   */
  changes(): StateChanges
  /**
   * The Perl goes on as the one of this life that the entries are of; other entries may be among them. Code that was
   * compiled here is compiled there, too, where it was not. Where that can't be, all stays as it is, and the next changes
   * take the entries out of the state.
   */
  restore(entries: ReadonlyMap<string, string>, life: string | undefined): PerlRestored
}

export type PerlRestored =
  /** `lostFiles`: how many files were open to its code. */
  | { readonly ok: true; readonly lostFiles: number }
  /** `undefined`: there was nothing to restore. */
  | { readonly ok: false; readonly reason: string | undefined }
