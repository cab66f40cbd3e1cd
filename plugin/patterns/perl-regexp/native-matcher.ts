import { type NativeSource, generate } from './generator.ts'
import type { Node } from './ast.ts'

/** Captures by Perl's group number; index 0 is the whole match. */
export type Captures = (string | undefined)[]
export type Matcher = (subject: string) => Captures | undefined

interface Compiled {
  readonly expression: RegExp
  readonly groups: NativeSource['groups']
}

/**
 * Runs a tree as native expressions, compiled when first needed: one for subjects without a newline, one for others.
 * @param fallback runs instead, from then on, when V8 refuses the expression for its size
 */
export function nativeMatcher(root: Node, groupCount: number, fallback: () => Matcher): Matcher {
  const compileFor = (newlines: boolean): Compiled => {
    const { source, groups } = generate(root, groupCount, newlines)
    return { expression: new RegExp(source), groups }
  }
  let plain: Compiled | undefined
  let withNewlines: Compiled | undefined
  let instead: Matcher | undefined
  return subject => {
    if (instead) return instead(subject)
    try {
      if (subject.includes('\n')) {
        withNewlines ??= compileFor(true)
        return run(withNewlines, subject)
      }
      plain ??= compileFor(false)
      return run(plain, subject)
    } catch (error) {
      // "Regular expression too large" when compiled; a stack that is too small when run.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
      instead = fallback()
      return instead(subject)
    }
  }
}

function run({ expression, groups }: Compiled, subject: string): Captures | undefined {
  const match = expression.exec(subject)
  if (!match) return undefined
  const captures: Captures = [match[0]]
  for (let group = 1; group < groups.length; group++) captures.push(valueOf(match, groups[group]))
  return captures
}

function valueOf(match: RegExpExecArray, numbers: readonly number[] | undefined): string | undefined {
  if (!numbers) return undefined
  for (const number of numbers) if (match[number] !== undefined) return match[number]
  return undefined
}
