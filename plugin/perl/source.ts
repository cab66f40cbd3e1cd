import type { PerlHost, PerlOutcome } from './host.ts'

/** A piece of Perl code of a rule that evaluates to a code reference. */
export interface PerlSource {
  readonly text: string
  /** Among equal pieces of the rule files, in their order, from 0. */
  readonly which: number
}

/** The Perl code of rule files that are loaded together. */
export interface PerlLoader {
  /** Without a Perl, rules that need one are refused. */
  readonly isOff: boolean
  /** Compiles code that evaluates to a code reference, so that a rule whose code is faulty is refused. */
  load(text: string): PerlOutcome<PerlSource>
}

export function perlLoader(perl: PerlHost | undefined): PerlLoader {
  const counts = new Map<string, number>()
  return {
    isOff: perl === undefined,
    load(text) {
      if (perl === undefined) return { ok: false, error: NO_PERL }
      const which = counts.get(text) ?? 0
      counts.set(text, which + 1)
      const compiled = perl.compile(text, which)
      return compiled.ok ? { ok: true, value: { text, which } } : compiled
    }
  }
}

/** Why a rule is refused. */
export const NO_PERL = 'it needs Perl, which is off'
