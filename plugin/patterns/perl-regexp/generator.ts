import type { AssertionNode, BackreferenceNode, Node, QuantifierNode } from './ast.ts'
import { type ByteSet, complement, isEmpty, members, sameSet, toRanges } from './byte-set.ts'
import { posixClass } from './character-tables.ts'
import { widthOf } from './widths.ts'

export interface NativeSource {
  /** Source of a RegExp without flags. */
  readonly source: string
  /** For Perl's group n, at index n, the native groups of which at most one is set. */
  readonly groups: readonly (readonly number[])[]
}

/**
 * Writes the tree as a JavaScript expression without flags, over strings whose characters are bytes.
 * Exact only for trees without `inexactReasons`.
 * @param newlines whether subjects may hold a newline; without any, the anchors need no lookahead, which keeps the
 * expression within what V8 can run in linear time
 */
export function generate(root: Node, groupCount: number, newlines: boolean): NativeSource {
  const generator = new Generator(groupCount, newlines)
  const source = generator.write(root)
  return { source, groups: generator.groups }
}

/** V8's linear engine takes counts up to this. */
const maxFactor = 16

class Generator {
  readonly groups: number[][]
  readonly #newlines: boolean
  #count = 0

  constructor(groupCount: number, newlines: boolean) {
    this.groups = Array.from({ length: groupCount + 1 }, () => [])
    this.#newlines = newlines
  }

  write(node: Node): string {
    switch (node.type) {
      case 'set':
        return writeSet(node.bytes)
      case 'sequence':
        return node.items.map(item => this.#writeItem(item)).join('')
      case 'alternation':
        return node.branches.map(branch => this.write(branch)).join('|')
      case 'capture': {
        const number = ++this.#count
        this.groups[node.group]?.push(number)
        return `(${this.write(node.body)})`
      }
      case 'quantifier':
        return this.#writeQuantifier(node)
      case 'assertion':
        return this.#writeAssertion(node)
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${this.write(node.body)})`
      case 'atomic': {
        const number = ++this.#count
        return `(?=(${this.write(node.body)}))(?:\\${number})`
      }
      case 'backreference':
        return this.#writeBackreference(node)
      case 'lineBreak':
        return '(?:\\r\\n|(?!\\r\\n)[\\n-\\r\\x85])'
      case 'cluster':
        return '(?:\\r\\n|(?!\\r\\n)[^])'
      case 'fail':
        return '(?!)'
      case 'keep':
        return ''
      case 'conditional':
      case 'recursion':
      case 'verb':
        throw new Error(`no native form of a ${node.type}`)
    }
  }

  /** A part of a sequence. */
  #writeItem(node: Node): string {
    return node.type === 'alternation' ? `(?:${this.write(node)})` : this.write(node)
  }

  #writeQuantifier(node: QuantifierNode): string {
    const { body, min, max, lazy } = node
    if (max === 0) return ''
    if (body.type === 'set') return writeByteLoop(writeSet(body.bytes), node)
    const unit = body.type === 'capture' ? this.write(body) : `(?:${this.write(body)})`
    // Unlike Perl, JavaScript rejects an optional part that matched nothing.
    if (min === 0 && max === 1 && widthOf(body).min === 0) return lazy ? `(?:|${unit})` : `(?:${unit}|)`
    return `${unit}${writeCounts(min, max)}${lazy ? '?' : ''}`
  }

  #writeBackreference(node: BackreferenceNode): string {
    const [group = 0] = node.groups
    return (this.groups[group] ?? []).map(number => `(?:\\${number})`).join('')
  }

  #writeAssertion(node: AssertionNode): string {
    switch (node.at) {
      case 'textStart':
        return '^'
      case 'textEnd':
        return '$'
      case 'lastLineEnd':
        return this.#newlines ? '(?=\\n?$)' : '$'
      case 'lineStart':
        // Perl sees no line after a final newline.
        return this.#newlines ? '(?:^|(?<=\\n)(?!$))' : '^'
      case 'lineEnd':
        return this.#newlines ? '(?=\\n|$)' : '$'
      case 'boundary':
        return writeBoundary(node.word, false)
      case 'notBoundary':
        return writeBoundary(node.word, true)
    }
  }
}

function writeBoundary(word: ByteSet | undefined, negative: boolean): string {
  const ascii = posixClass('word', 'bytes')
  if (!word || !ascii || sameSet(word, ascii)) return negative ? '\\B' : '\\b'
  const inside = writeSet(word)
  return negative
    ? `(?:(?<=${inside})(?=${inside})|(?<!${inside})(?!${inside}))`
    : `(?:(?<=${inside})(?!${inside})|(?<!${inside})(?=${inside}))`
}

function writeCounts(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) {
    if (min === 0) return '*'
    return min === 1 ? '+' : `{${min},}`
  }
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

/** Repeats one byte, with no count above what V8's linear engine takes. */
function writeByteLoop(unit: string, { min, max, lazy }: QuantifierNode): string {
  const mark = lazy ? '?' : ''
  if (
    min > maxFactor * maxFactor ||
    (max !== Number.POSITIVE_INFINITY && max - min > maxFactor * maxFactor)
  ) {
    return `${unit}${writeCounts(min, max)}${mark}`
  }
  if (max === Number.POSITIVE_INFINITY) {
    return min <= maxFactor
      ? `${unit}${writeCounts(min, max)}${mark}`
      : `${writeExactly(unit, min)}${unit}*${mark}`
  }
  if (min === max) return writeExactly(unit, min)
  if (max <= maxFactor) return `${unit}${writeCounts(min, max)}${mark}`
  return `${min > 0 ? writeExactly(unit, min) : ''}${writeUpTo(unit, max - min, lazy)}`
}

function writeExactly(unit: string, count: number): string {
  const whole = Math.floor(count / maxFactor)
  const rest = count % maxFactor
  const blocks = whole > 0 ? `${unit}{${maxFactor}}`.repeat(whole) : ''
  if (rest === 0) return blocks
  return `${blocks}${unit}${rest === 1 ? '' : `{${rest}}`}`
}

/** Up to `count` bytes, each number of them reached in one way only, longest (or, lazily, shortest) first. */
function writeUpTo(unit: string, count: number, lazy: boolean): string {
  if (count <= maxFactor) return `${unit}${writeCounts(0, count)}${lazy ? '?' : ''}`
  const few = `${unit}{0,${maxFactor - 1}}${lazy ? '?' : ''}`
  const many = `${unit}{${maxFactor}}${writeUpTo(unit, count - maxFactor, lazy)}`
  return lazy ? `(?:${few}|${many})` : `(?:${many}|${few})`
}

const sources = new WeakMap<ByteSet, string>()

function writeSet(set: ByteSet): string {
  const known = sources.get(set)
  if (known !== undefined) return known
  const source = computeSet(set)
  sources.set(set, source)
  return source
}

function computeSet(set: ByteSet): string {
  if (isEmpty(set)) return '[]'
  const [only, second] = members(set)
  if (only !== undefined && second === undefined) return writeByte(only)
  const others = complement(set)
  if (isEmpty(others)) return '[^]'
  const direct = writeRanges(set)
  const inverse = `^${writeRanges(others)}`
  return `[${inverse.length < direct.length ? inverse : direct}]`
}

function writeRanges(set: ByteSet): string {
  return toRanges(set)
    .map(([low, high]) => {
      if (low === high) return writeByte(low)
      return `${writeByte(low)}${high === low + 1 ? '' : '-'}${writeByte(high)}`
    })
    .join('')
}

function writeByte(byte: number): string {
  const char = String.fromCharCode(byte)
  if (/^[\w ,:;<>=!@#%&~"'`]$/.test(char)) return char
  if (byte > 0x20 && byte < 0x7f) return `\\${char}`
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
