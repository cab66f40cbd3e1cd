import { requiredAttributesOf } from '../patterns/cel/required-attributes.ts'
import type { PatternDefinition } from '../patterns/definition.ts'
import { fullSet, sameSet, single } from '../patterns/perl-regexp/byte-set.ts'
import { parsePattern } from '../patterns/perl-regexp/parser.ts'
import { type Item, itemsAround, itemsOfRegExp, itemsOfShape, overlap } from './overlap.ts'
import { STAND_INS } from './second-pattern.ts'
import type { Shape } from './shape.ts'

/** Whether a pattern may match a synthetic event that has a text of a shape. When in doubt it may. */
export function mayMatch({ type, negated, lines, source }: PatternDefinition, text: Shape): boolean {
  switch (type) {
    case 'TValue':
      return source === 'TRUE'
    case 'SubStr':
      return negated || lines > 1 || overlap(itemsAround(source).map(widened), itemsOfShape(text))
    case 'RegExp':
      return (
        negated ||
        lines > 1 ||
        overlap(itemsOfRegExp(parsePattern(source).root).map(widened), itemsOfShape(text))
      )
    case 'Record':
      return negated || requiredAttributesOf(source).length === 0
    case 'Cached':
    case 'PerlFunc':
      return true
  }
}

const ANY: Item = { bytes: fullSet, any: true }

/** A stand-in for a match variable may be anything. */
function widened(item: Item): Item {
  return STAND_INS.some(byte => sameSet(item.bytes, single(byte))) ? ANY : item
}
