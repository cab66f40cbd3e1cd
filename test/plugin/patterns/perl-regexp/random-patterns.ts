/** Numbers from 0 to 1 that depend on the seed alone (xorshift). */
export function seededRandom(seed: number): () => number {
  let state = Math.imul(seed + 1, 2654435761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

// Separated by blanks.
const atoms = [
  ' ',
  ...String.raw`a b c a b . [ab] [^a] ab a* b? A 1 _ \. \w \d \s \S \D \W \h \R \X \N \n [^\n] [\w-]`.split(
    ' '
  ),
  ...String.raw`[[:alpha:]] [[:^space:]] \x41 \x{e9} \xe9 [\x80-\xff]`.split(' ')
]
const assertions = ['^', '$', '\\b', '\\B', '\\A', '\\z', '\\Z', '\\G']
const lookbehinds = ['a', 'ab', 'a|bc', 'a{1,3}', '^', '\\b', 'a?']
const quantifiers = ['*', '+', '?', '*', '?', '{2}', '{1,2}', '{0,2}', '{,2}', '{2,}']
const modifiers = ['(?i:', '(?s:', '(?m:', '(?x:', '(?n:', '(?^:', '(?i-s:']

/** Writes random patterns, most of which Perl takes, and random subjects for them. */
export class RandomPatterns {
  readonly #random: () => number
  #groups = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  pattern(): string {
    this.#groups = 0
    const start = this.#chance(0.3) ? '^' : ''
    return `${start}${this.#alternatives(3)}${this.#chance(0.3) ? '$' : ''}`
  }

  subject(): string {
    return Array.from({ length: this.#below(9) }, () => this.#pick('aaabbbc1_ \nA\r\t.\xe9'.split(''))).join(
      ''
    )
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick(choices: readonly string[]): string {
    return choices[this.#below(choices.length)] ?? ''
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #alternatives(depth: number): string {
    let text = this.#sequence(depth)
    while (this.#chance(0.3)) text += `|${this.#sequence(depth)}`
    return text
  }

  #sequence(depth: number): string {
    if (this.#chance(0.06)) return ''
    return Array.from({ length: 1 + this.#below(3) }, () => this.#piece(depth)).join('')
  }

  #piece(depth: number): string {
    const atom = this.#atom(depth)
    if (this.#chance(0.6) || /^[ab][*?]$/.test(atom)) return atom
    return `${atom}${this.#pick(quantifiers)}${this.#pick(['', '', '', '', '?', '+'])}`
  }

  #atom(depth: number): string {
    const choice = this.#random()
    if (depth <= 0 || choice < 0.45) return this.#pick(atoms)
    if (choice < 0.7) {
      this.#groups++
      return `(${this.#alternatives(depth - 1)})`
    }
    if (choice < 0.8) return `(?:${this.#alternatives(depth - 1)})`
    if (choice < 0.84) return `(?=${this.#pick(atoms)}${this.#alternatives(depth - 1)})`
    if (choice < 0.87) return `(?!${this.#alternatives(depth - 1)})`
    if (choice < 0.89) return `(?>${this.#alternatives(depth - 1)})`
    if (choice < 0.91 && this.#groups > 0) return `\\${1 + this.#below(this.#groups)}`
    if (choice < 0.93) return this.#pick(assertions)
    if (choice < 0.95) return `(?<${this.#pick(['=', '!'])}${this.#pick(lookbehinds)})`
    if (choice < 0.97 && this.#groups > 0) {
      const otherwise = this.#chance(0.6) ? `|${this.#sequence(depth - 1)}` : ''
      return `(?(${1 + this.#below(this.#groups)})${this.#sequence(depth - 1)}${otherwise})`
    }
    return `${this.#pick(modifiers)}${this.#alternatives(depth - 1)})`
  }
}
