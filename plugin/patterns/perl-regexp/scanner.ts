import { type Node, someNode } from './ast.ts'
import { PerlSyntaxError, UnsupportedConstructError } from './diagnostics.ts'
import { inexactReasons, misreadByPerl } from './exactness.ts'
import { generate } from './generator.ts'
import { literalCheck } from './literal-check.ts'
import type { Captures } from './native-matcher.ts'
import { parsePattern } from './parser.ts'
import { requiredLiterals } from './required-literals.ts'
import { widthOf } from './widths.ts'

/** How a scanner looks: in the whole subject, from a position on, or at a position alone. */
export type ScanMode = 'whole' | 'from' | 'at'

export interface Scan {
  /** By Perl's group number; index 0 is the whole match. */
  readonly captures: Captures
  /** Where the match ends. */
  readonly end: number
}

/** A regular expression that tells where it has matched, as code needs it that goes on from there (`/g`, `\G`). */
export interface Scanner {
  readonly groupCount: number
  /** @throws RangeError, SyntaxError where V8 can't run the expression. */
  scan(subject: string, position: number): Scan | undefined
}

/**
 * @param flags some of `imsx`
 * @returns `undefined` where a native expression does not give Perl's result, or matches may be empty where it goes on
 * from one.
 */
export function compileScanner(source: string, flags: string, mode: ScanMode): Scanner | undefined {
  try {
    // What `\G` stands before, and a count behind it would be of.
    if (mode === 'at' && (parsePattern(source).root.type === 'alternation' || /^[*+?{]/.test(source)))
      return undefined
    const { root, groupCount } = parsePattern(withFlags(source, flags))
    if (misreadByPerl(root) !== undefined || inexactReasons(root).length > 0) return undefined
    if (mode !== 'whole' && widthOf(root).min === 0) return undefined
    if (someNode(root, mayTakeForEver)) return undefined
    return scannerOf(root, groupCount, mode)
  } catch (error) {
    if (error instanceof PerlSyntaxError || error instanceof UnsupportedConstructError) return undefined
    throw error
  }
}

/** The end of the line ends a comment of `x`. */
function withFlags(source: string, flags: string): string {
  if (flags === '') return source
  return `(?${flags}:${source}${flags.includes('x') ? '\n' : ''})`
}

const FLAGS: Readonly<Record<ScanMode, string>> = { whole: '', from: 'g', at: 'y' }

function scannerOf(root: Node, groupCount: number, mode: ScanMode): Scanner {
  const compileFor = (
    newlines: boolean
  ): { readonly expression: RegExp; readonly groups: readonly (readonly number[])[] } => {
    const { source, groups } = generate(root, groupCount, newlines)
    return { expression: new RegExp(source, FLAGS[mode]), groups }
  }
  let plain: ReturnType<typeof compileFor> | undefined
  let withNewlines: typeof plain
  const mayMatch = mode === 'at' ? undefined : literalCheck(requiredLiterals(root))
  return {
    groupCount,
    scan(subject, position) {
      if (mayMatch?.(subject) === false) return undefined
      const { expression, groups } = subject.includes('\n')
        ? (withNewlines ??= compileFor(true))
        : (plain ??= compileFor(false))
      expression.lastIndex = position
      const match = expression.exec(subject)
      if (match === null) return undefined
      const captures: Captures = [match[0]]
      for (let group = 1; group < groups.length; group++) {
        captures.push(groups[group]?.map(number => match[number]).find(text => text !== undefined))
      }
      return { captures, end: match.index + match[0].length }
    }
  }
}

/** A loop in a loop: the time that it takes may double with each byte, and Perl's own limits don't count here. */
function mayTakeForEver(node: Node): boolean {
  return node.type === 'quantifier' && node.max > MOST_ROUNDS && someNode(node.body, isChoice)
}

const MOST_ROUNDS = 8

function isChoice(node: Node): boolean {
  return node.type === 'alternation' || (node.type === 'quantifier' && node.min !== node.max)
}
