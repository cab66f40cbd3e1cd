import type { Flags, ParseState } from './parse-state.ts'

type Switches = Partial<
  Record<'ignoreCase' | 'multiLine' | 'dotAll' | 'extended' | 'extendedMore' | 'noCapture', boolean>
>

const names: Readonly<Record<string, keyof Switches>> = {
  i: 'ignoreCase',
  m: 'multiLine',
  s: 'dotAll',
  x: 'extended',
  n: 'noCapture'
}

/**
 * Reads the modifiers of `(?^i-x:` or `(?i)` and puts them in force; ends at the colon or parenthesis.
 * @param question position of the question mark, from which Perl quotes
 */
export function parseModifiers(state: ParseState, question: number): void {
  const defaults = state.peek() === '^'
  let base: Flags = state.flags
  if (defaults) {
    state.position++
    base = {
      ignoreCase: false,
      multiLine: false,
      dotAll: false,
      extended: false,
      extendedMore: false,
      noCapture: false,
      charset: 'd'
    }
  }
  let charset = base.charset
  let charsetLetter = ''
  let negating = false
  let extendedCount = 0
  const on: Switches = {}
  const off: Switches = {}
  const wasted = new Set<string>()
  for (; !state.atEnd; state.position++) {
    const char = state.peek()
    const name = Object.hasOwn(names, char) ? names[char] : undefined
    if (name) {
      const target = negating ? off : on
      target[name] = true
      if (name === 'extended' && ++extendedCount > 1) target.extendedMore = true
    } else if (char === 'l' || char === 'u' || char === 'a' || char === 'd') {
      if (negating) {
        if (char === 'd') failModifiers(state, question)
        state.fail(`Regexp modifier "${char}" may not appear after the "-"`, state.position + 1)
      }
      if (char === 'd' && defaults) failModifiers(state, question)
      if (charsetLetter !== '' && !(char === 'a' && charset === 'a')) failCharset(state, charsetLetter, char)
      charset = charsetLetter === 'a' ? 'aa' : char
      charsetLetter = char
    } else if (char === 'g' || char === 'o' || char === 'c') {
      warnUseless(state, char, negating, wasted)
    } else if (char === 'p') {
      if (negating) state.warn('Useless use of (?-p)', state.position + 1)
    } else if (char === '-') {
      if (defaults || negating) failModifiers(state, question)
      negating = true
      wasted.clear()
      extendedCount = 0
    } else if (char === ':' || char === ')') {
      if (on.extended && !on.extendedMore) off.extendedMore = true
      if (off.extended) off.extendedMore = true
      if (charset === 'l') state.refuse('locale rules (?l)')
      state.flags = apply(base, on, off, charset)
      return
    } else {
      failModifiers(state, question)
    }
  }
  state.fail('Sequence (?... not terminated')
}

function apply(base: Flags, on: Switches, off: Switches, charset: Flags['charset']): Flags {
  const switched = (name: keyof Switches): boolean => (base[name] || on[name] === true) && off[name] !== true
  return {
    ignoreCase: switched('ignoreCase'),
    multiLine: switched('multiLine'),
    dotAll: switched('dotAll'),
    extended: switched('extended'),
    extendedMore: switched('extendedMore'),
    noCapture: switched('noCapture'),
    charset
  }
}

function failModifiers(state: ParseState, question: number): never {
  const end = Math.min(state.position + 1, state.source.length)
  return state.fail(`Sequence (${state.source.slice(question, end)}...) not recognized`, end)
}

function failCharset(state: ParseState, earlier: string, char: string): never {
  const position = state.position + 1
  if (earlier === 'a' && char === 'a') {
    return state.fail('Regexp modifier "a" may appear a maximum of twice', position)
  }
  if (earlier === char) return state.fail(`Regexp modifier "${char}" may not appear twice`, position)
  return state.fail(`Regexp modifiers "${earlier}" and "${char}" are mutually exclusive`, position)
}

function warnUseless(state: ParseState, char: string, negating: boolean, wasted: Set<string>): void {
  if (wasted.has(char)) return
  wasted.add(char)
  const sign = negating ? '?-' : '?'
  const advice = `${negating ? "don't " : ''}use /${char === 'c' ? 'gc' : char} modifier`
  state.warn(`Useless (${sign}${char}) - ${advice}`, state.position + 1)
}
