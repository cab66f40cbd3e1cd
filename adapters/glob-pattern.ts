/** A part of a glob: a character that stands for itself, or what matches several. */
export type GlobPart =
  | { readonly type: 'character'; readonly value: string; readonly escaped: boolean }
  | { readonly type: 'any' | 'one' }
  | {
      readonly type: 'set'
      readonly negated: boolean
      readonly ranges: readonly (readonly [string, string])[]
    }

/** A character of a pattern; an escaped one has lost its meaning. */
interface Char {
  readonly value: string
  readonly escaped: boolean
}

/**
 * The patterns that the braces of one word stand for, in order. As in Perl, `{}` alone is no brace, and a brace that
 * is not closed cuts the pattern off there.
 */
export function expandBraces(word: string): GlobPart[][] {
  const chars = unescape(word)
  return (word === '{}' ? [chars] : expand(chars)).map(parse)
}

/** Whether a pattern stands for whatever matches it, and not just for itself. */
export function isMagic(parts: readonly GlobPart[]): boolean {
  return parts.some(part => part.type !== 'character')
}

/** The text of a pattern that is not magic. */
export function literalText(parts: readonly GlobPart[]): string {
  return parts.map(part => (part.type === 'character' ? part.value : '')).join('')
}

/** A regular expression for one segment of a path, over bytes. */
export function segmentExpression(parts: readonly GlobPart[]): RegExp {
  return new RegExp(`^${parts.map(partSource).join('')}$`, 's')
}

function partSource(part: GlobPart): string {
  switch (part.type) {
    case 'any':
      return '.*'
    case 'one':
      return '.'
    case 'character':
      return codeUnit(part.value)
    case 'set': {
      // An end below the start matches nothing, where RegExp would refuse it.
      const ranges = part.ranges.filter(([low, high]) => low <= high)
      const members = ranges.map(([low, high]) => `${codeUnit(low)}-${codeUnit(high)}`).join('')
      return `[${part.negated ? '^' : ''}${members}]`
    }
  }
}

function codeUnit(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** A backslash at the end stands for itself. */
function unescape(text: string): Char[] {
  const chars: Char[] = []
  for (let at = 0; at < text.length; at++) {
    const escaped = text[at] === '\\' && at + 1 < text.length
    if (escaped) at++
    chars.push({ value: text.charAt(at), escaped: escaped || text[at] === '\\' })
  }
  return chars
}

function is(char: Char | undefined, value: string): boolean {
  return char?.value === value && !char.escaped
}

function expand(chars: readonly Char[]): (readonly Char[])[] {
  const open = chars.findIndex(char => is(char, '{'))
  if (open < 0) return [chars]
  const head = chars.slice(0, open)
  const alternatives: (readonly Char[])[] = []
  let depth = 0
  let start = open + 1
  for (let at = open + 1; at < chars.length; at++) {
    const char = chars[at]
    if (is(char, '[')) at = setEnd(chars, at) ?? at
    else if (is(char, '{')) depth++
    else if (is(char, ',') && depth === 0) {
      alternatives.push(chars.slice(start, at))
      start = at + 1
    } else if (is(char, '}') && depth-- === 0) {
      alternatives.push(chars.slice(start, at))
      const tail = chars.slice(at + 1)
      return alternatives.flatMap(alternative => expand([...head, ...alternative, ...tail]))
    }
  }
  return [head]
}

/** Where the set that opens at `open` ends, its closing bracket; a bracket right at its start belongs to it. */
function setEnd(chars: readonly Char[], open: number): number | undefined {
  const first = is(chars[open + 1], '!') ? open + 2 : open + 1
  const end = chars.findIndex((char, at) => at > first && is(char, ']'))
  return end < 0 ? undefined : end
}

function parse(chars: readonly Char[]): GlobPart[] {
  const parts: GlobPart[] = []
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as Char
    const end = is(char, '[') ? setEnd(chars, at) : undefined
    if (is(char, '*')) parts.push({ type: 'any' })
    else if (is(char, '?')) parts.push({ type: 'one' })
    else if (end !== undefined) {
      parts.push(parseSet(chars.slice(at + 1, end)))
      at = end
    } else parts.push({ type: 'character', ...char })
  }
  return parts
}

function parseSet(inside: readonly Char[]): GlobPart {
  // Perl takes a path apart at slashes before it looks at sets: one that holds a slash matches nothing.
  if (inside.some(char => char.value === '/')) return { type: 'set', negated: false, ranges: [] }
  const negated = is(inside[0], '!')
  return { type: 'set', negated, ranges: rangesOf(negated ? inside.slice(1) : inside) }
}

function rangesOf(members: readonly Char[]): [string, string][] {
  const ranges: [string, string][] = []
  for (let at = 0; at < members.length; at++) {
    const low = (members[at] as Char).value
    const high = is(members[at + 1], '-') ? members[at + 2] : undefined
    ranges.push([low, high?.value ?? low])
    if (high !== undefined) at += 2
  }
  return ranges
}
