import type { AssertionNode } from './ast.ts'
import type { ByteSet } from './byte-set.ts'
import { type CharacterRules, otherCase, verticalSpace } from './character-tables.ts'

/** What the backtracker asks of a place in a subject. */
export function hasByte(subject: string, bytes: ByteSet, position: number): boolean {
  return position < subject.length && bytes[subject.charCodeAt(position)] === 1
}

/** Length of the line break there; 0 for none. */
export function lineBreakLength(subject: string, position: number): number {
  if (subject.startsWith('\r\n', position)) return 2
  return hasByte(subject, verticalSpace, position) ? 1 : 0
}

/** Whether an assertion holds there; `word` is what a word consists of. */
export function holdsAt(subject: string, at: AssertionNode['at'], word: ByteSet, position: number): boolean {
  const atEnd = position === subject.length
  switch (at) {
    case 'textStart':
      return position === 0
    case 'textEnd':
      return atEnd
    case 'lastLineEnd':
      return atEnd || (position === subject.length - 1 && subject[position] === '\n')
    case 'lineStart':
      // Perl sees no line after a final newline.
      return position === 0 || (!atEnd && subject[position - 1] === '\n')
    case 'lineEnd':
      return atEnd || subject[position] === '\n'
    case 'boundary':
    case 'notBoundary': {
      const before = position > 0 && hasByte(subject, word, position - 1)
      return (before !== hasByte(subject, word, position)) === (at === 'boundary')
    }
  }
}

/** Whether `text` stands there, with `fold` in any case. */
export function standsAt(
  subject: string,
  text: string,
  fold: CharacterRules | undefined,
  position: number
): boolean {
  if (!fold) return subject.startsWith(text, position)
  if (position + text.length > subject.length) return false
  for (let index = 0; index < text.length; index++) {
    const wanted = text.charCodeAt(index)
    const found = subject.charCodeAt(position + index)
    if (wanted !== found && otherCase(wanted, fold) !== found) return false
  }
  return true
}
