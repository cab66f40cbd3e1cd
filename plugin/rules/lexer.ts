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

// Only ASCII whitespace counts: a file is bytes, and \s would take a latin1 no-break space for one.
const FIELD = /^([A-Za-z0-9]+)[ \t\n\r\f\v]*=[ \t\n\r\f\v]*([^]+)$/
const SURROUNDING_SPACE = /^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g
const CONTINUED = /\\[ \t\r\f\v]*$/

/** Lines without the whitespace around them, continued ones joined. A continuation at the end of the file is dropped. */
function* joinContinuedLines(text: string): Generator<{ first: number; last: number; text: string }> {
  const lines = text.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  let pending = ''
  let first = 1
  for (const [index, line] of lines.entries()) {
    // The joined line is looked at, not the one just read: of two backslashes the second continues the next line too.
    pending += line
    const continuation = CONTINUED.exec(pending)
    if (continuation !== null) {
      pending = pending.slice(0, continuation.index)
      continue
    }
    yield { first, last: index + 1, text: pending.replace(SURROUNDING_SPACE, '') }
    pending = ''
    first = index + 2
  }
}
