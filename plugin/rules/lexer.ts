import { trimSpace, trimSpaceEnd } from '../ascii-space.ts'

/** What a rule file is made of, in the file's order. Lines count from 1. */
export type RuleFileItem =
  | RuleBlock
  | { readonly type: 'label'; readonly line: number; readonly name: string }
  /** A line that is neither `keyword=value` nor a comment. It ends no rule. */
  | { readonly type: 'malformed line'; readonly line: number; readonly text: string }
  | {
      readonly type: 'duplicate'
      readonly line: number
      readonly keyword: string
      readonly previous: string
      readonly value: string
    }

/** The fields of one rule. */
export interface RuleBlock {
  readonly type: 'rule'
  /** Where the block begins, be it with a label, a remark or a malformed line. */
  readonly line: number
  /** The last value of each keyword. */
  readonly fields: ReadonlyMap<string, string>
}

/** Takes a rule file (latin1) apart. Manual: "CONFIGURATION FILES". */
export function* lexRuleFile(text: string): Generator<RuleFileItem> {
  let block: { line: number; fields: Map<string, string> } | undefined
  for (const { first, last, text: line } of joinContinuedLines(text)) {
    if (line === '' || line.startsWith('#')) {
      if (block !== undefined && block.fields.size > 0) yield { type: 'rule', ...block }
      block = undefined
      continue
    }
    block ??= { line: first, fields: new Map() }
    const [, keyword, value] = FIELD.exec(line) ?? []
    if (keyword === undefined || value === undefined) {
      yield { type: 'malformed line', line: last, text: line }
    } else if (keyword === 'label') {
      yield { type: 'label', line: last, name: value }
    } else if (keyword !== 'rem') {
      const previous = block.fields.get(keyword)
      if (previous !== undefined) yield { type: 'duplicate', line: last, keyword, previous, value }
      block.fields.set(keyword, value)
    }
  }
  if (block !== undefined && block.fields.size > 0) yield { type: 'rule', ...block }
}

const FIELD = /^([A-Za-z0-9]+)[ \t\n\r\f\v]*=[ \t\n\r\f\v]*([^]+)$/

/** Lines without the whitespace around them, continued ones joined. A continuation at the end of the file is dropped. */
function* joinContinuedLines(text: string): Generator<{ first: number; last: number; text: string }> {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let parts: string[] = []
  let first = 1
  for (const [index, line] of lines.entries()) {
    parts.push(line)
    if (takeContinuation(parts)) continue
    yield { first, last: index + 1, text: trimSpace(parts.join('')) }
    parts = []
    first = index + 2
  }
}

/**
 * Removes a backslash at the end, with the whitespace after it. The joined line counts, not the one just read: of two
 * backslashes the second continues the next line too, if that is empty.
 */
function takeContinuation(parts: string[]): boolean {
  for (let last = parts.length - 1; last >= 0; last--) {
    const part = trimSpaceEnd(parts[last] ?? '')
    if (part === '') continue
    if (!part.endsWith('\\')) return false
    parts.splice(last)
    if (part !== '\\') parts.push(part.slice(0, -1))
    return true
  }
  return false
}
