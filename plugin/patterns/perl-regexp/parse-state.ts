import type { CharacterRules } from './character-tables.ts'
import { markedMessage, PerlSyntaxError, unmarkedMessage } from './diagnostics.ts'

/** The modifiers in force at a place of the pattern. */
export interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
  readonly extended: boolean
  readonly extendedMore: boolean
  readonly noCapture: boolean
  /** `d` depends on the pattern: bytes, or Unicode once something in it asks for that. */
  readonly charset: 'd' | 'u' | 'a' | 'aa' | 'l'
}

const initialFlags: Flags = {
  ignoreCase: false,
  multiLine: false,
  dotAll: false,
  extended: false,
  extendedMore: false,
  noCapture: false,
  charset: 'd'
}

interface PendingReference {
  readonly group: number
  readonly message: string
}

/** Where the parser stands, and what it has found so far. */
export class ParseState {
  readonly source: string
  /** Unicode rules from the beginning: an earlier pass found something that asks for them. */
  readonly unicode: boolean
  position = 0
  flags: Flags = initialFlags
  groupCount = 0
  /** The group whose end was read last. */
  lastClosed = 0
  /** Depth of lookarounds around this place; `\K` isn't allowed there. */
  lookDepth = 0
  nesting = 0
  needsUnicode = false
  /** The first construct found that has no exact translation; what Perl refuses further on goes before. */
  unsupported: string | undefined
  readonly groupNames = new Map<string, number[]>()
  readonly warnings: string[] = []
  readonly #pending: PendingReference[] = []

  constructor(source: string, unicode: boolean) {
    this.source = source
    this.unicode = unicode
  }

  get atEnd(): boolean {
    return this.position >= this.source.length
  }

  /** The character here or `offset` further; '' past the end. */
  peek(offset = 0): string {
    return this.source.charAt(this.position + offset)
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.position)
  }

  get rules(): CharacterRules {
    const { charset } = this.flags
    if (charset === 'u' || (charset === 'd' && this.unicode)) return 'unicode'
    return charset === 'a' || charset === 'aa' ? 'ascii' : 'bytes'
  }

  fail(text: string, position = this.position): never {
    throw new PerlSyntaxError(markedMessage(text, this.source, Math.min(position, this.source.length)))
  }

  failUnmarked(text: string): never {
    throw new PerlSyntaxError(unmarkedMessage(text, this.source))
  }

  refuse(construct: string): void {
    this.unsupported ??= construct
  }

  warn(text: string, position = this.position): void {
    this.warnings.push(markedMessage(text, this.source, Math.min(position, this.source.length)))
  }

  /** A warning that Perl gives when it has read everything. */
  warnLater(text: string): void {
    this.#later.push(unmarkedMessage(text, this.source))
  }
  readonly #later: string[] = []

  /** @param later whether those that come when everything was read are wanted: Perl omits them for alternatives */
  allWarnings(later: boolean): readonly string[] {
    return later ? [...this.warnings, ...this.#later] : this.warnings
  }

  /** A group that may still come; Perl complains about it only when it knows them all. */
  expectGroup(group: number, position: number): void {
    this.#pending.push({
      group,
      message: markedMessage('Reference to nonexistent group', this.source, position)
    })
  }

  expectName(name: string, position: number): void {
    if (this.groupNames.has(name)) return
    const message = markedMessage('Reference to nonexistent named group', this.source, position)
    this.#pendingNames.push({ name, message, order: this.#pending.length })
  }
  readonly #pendingNames: { name: string; message: string; order: number }[] = []

  /** Complains about the first reference, in the order of the pattern, to a group that never came. */
  checkReferences(): void {
    for (let order = 0; order <= this.#pending.length; order++) {
      const missing = this.#pendingNames.find(
        entry => entry.order === order && !this.groupNames.has(entry.name)
      )
      if (missing) throw new PerlSyntaxError(missing.message)
      const reference = this.#pending[order]
      if (reference && reference.group > this.groupCount) throw new PerlSyntaxError(reference.message)
    }
  }

  /** The groups of a name, as a list that grows when the name comes again later. */
  numbersOf(name: string): number[] {
    const known = this.groupNames.get(name) ?? this.#namesToCome.get(name)
    if (known) return known
    const numbers: number[] = []
    this.#namesToCome.set(name, numbers)
    return numbers
  }
  readonly #namesToCome = new Map<string, number[]>()

  nameGroup(name: string, group: number): void {
    const numbers = this.numbersOf(name)
    if (!numbers.includes(group)) numbers.push(group)
    this.groupNames.set(name, numbers)
  }

  /** Goes past one character and what `skipIgnored` skips. */
  next(): void {
    this.position++
    this.skipIgnored()
  }

  /** Skips `(?#…)` comments and, with the x modifier, blanks and `#` comments. */
  skipIgnored(): void {
    for (;;) {
      if (this.startsWith('(?#')) {
        const end = this.source.indexOf(')', this.position)
        if (end < 0) this.failUnmarked('Sequence (?#... not terminated')
        this.position = end + 1
      } else if (this.flags.extended && isPatternSpace(this.peek())) {
        this.position++
      } else if (this.flags.extended && this.peek() === '#') {
        const end = this.source.indexOf('\n', this.position)
        this.position = end < 0 ? this.source.length : end + 1
      } else {
        return
      }
    }
  }

  skipBlanks(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.position++
  }
}

/** What the x modifier ignores. */
function isPatternSpace(char: string): boolean {
  return char !== '' && '\t\n\v\f\r \x85'.includes(char)
}

export function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1
}

export function isAlpha(char: string): boolean {
  return /^[A-Za-z]$/.test(char)
}

export function isWordCharacter(char: string): boolean {
  return /^\w$/.test(char)
}
