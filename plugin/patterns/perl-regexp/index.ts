import { backtrackingMatcher } from './backtracker.ts'
import { PerlSyntaxError, UnsupportedConstructError } from './diagnostics.ts'
import { inexactReasons, misreadByPerl } from './exactness.ts'
import { literalCheck } from './literal-check.ts'
import { type Matcher, nativeMatcher } from './native-matcher.ts'
import { parsePattern } from './parser.ts'
import { compileProgram } from './program.ts'
import { type RequiredLiteral, requiredLiterals } from './required-literals.ts'

export type { RequiredLiteral } from './required-literals.ts'

/** One compiled Perl regular expression over byte strings (latin1). */
export interface PerlRegExp {
  /** The Perl source. */
  readonly source: string
  /** Perl's capture group count. */
  readonly groupCount: number
  /** Name → Perl group numbers in order (duplicates possible: the leftmost set group counts). */
  readonly groupNames: ReadonlyMap<string, readonly number[]>
  /**
   * A conjunction: every match contains, for each entry, at least one of its strings. Best entry first; empty when
   * nothing is known.
   */
  readonly required: readonly RequiredLiteral[]
  /** Perl's own warnings at compile time, without their " at FILE line N". */
  readonly warnings: readonly string[]
  /** Constructs for which the slow, own matcher runs instead of a native expression; empty: it isn't needed. */
  readonly slowReasons: readonly string[]
  /** How often the own matcher gave up because a subject took too many steps; `exec` said "no match" then. */
  readonly abandoned: number
  /**
   * Runs it. Undefined for no match; else captures: index n is Perl's `$n`, or undefined where it is unset; the length
   * is `groupCount + 1`.
   */
  exec(subject: string): (string | undefined)[] | undefined
}

export type PerlRegExpResult =
  | { readonly ok: true; readonly regexp: PerlRegExp }
  /** Perl itself refuses it; the message is Perl's. */
  | { readonly ok: false; readonly reason: 'syntax'; readonly message: string }
  /** Valid Perl, but not translated, because the result would not be exact; `construct` names what. */
  | {
      readonly ok: false
      readonly reason: 'unsupported'
      readonly message: string
      readonly construct: string
    }

/** Compiles a pattern as Perl 5.36 compiles `qr/$source/` at run time, over byte strings. */
export function compilePerlRegExp(source: string): PerlRegExpResult {
  try {
    return { ok: true, regexp: compile(source) }
  } catch (error) {
    if (error instanceof PerlSyntaxError) return { ok: false, reason: 'syntax', message: error.message }
    if (error instanceof UnsupportedConstructError) {
      return { ok: false, reason: 'unsupported', message: error.message, construct: error.construct }
    }
    throw error
  }
}

function compile(source: string): PerlRegExp {
  const { root, groupCount, groupNames, warnings } = parsePattern(source)
  const misread = misreadByPerl(root)
  if (misread !== undefined) throw new UnsupportedConstructError(misread)
  const slowReasons = inexactReasons(root)
  let abandoned = 0
  const backtracker = (): Matcher =>
    backtrackingMatcher(compileProgram(root, groupCount), () => {
      abandoned++
    })
  const match = slowReasons.length > 0 ? backtracker() : nativeMatcher(root, groupCount, backtracker)
  const required = requiredLiterals(root)
  const mayMatch = literalCheck(required)
  const exec = mayMatch ? (subject: string) => (mayMatch(subject) ? match(subject) : undefined) : match
  return {
    source,
    groupCount,
    groupNames,
    required,
    warnings,
    slowReasons,
    get abandoned() {
      return abandoned
    },
    exec
  }
}

/** Perl's `quotemeta` on a byte string: a backslash before every byte that is not `[A-Za-z0-9_]`. */
export function quotemeta(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '\\$&')
}
