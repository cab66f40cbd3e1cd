import type { Comparison, Expression, HashSource, Match } from './ast.ts'
import { type Frame, giveUp, isTrue, OwnHash, textOf, truth, type Value } from './frame.ts'

/** Yields a value in scalar context. */
export type Evaluator = (frame: Frame) => Value

/** Yields the values in list context. */
export type ListEvaluator = (frame: Frame) => readonly Value[]

/** An expression in scalar context. What Perl would warn of, or take for something else, it gives up on. */
export function scalar(expression: Expression): Evaluator {
  switch (expression.type) {
    case 'text': {
      const { text } = expression
      return () => text
    }
    case 'variable': {
      const { variable } = expression
      return frame => frame.values[variable]
    }
    case 'argument': {
      const { index } = expression
      return frame => frame.given[index]
    }
    case 'element':
      return element(expression.hash, expression.key)
    case 'group': {
      const { group } = expression
      return ({ captures }) => (captures === undefined ? giveUp() : captures[group])
    }
    case 'join': {
      const parts = expression.parts.map(scalar)
      return frame => {
        let text = ''
        for (const part of parts) text += textOf(part(frame))
        return text
      }
    }
    case 'exists': {
      const key = scalar(expression.key)
      const has = exists(expression.hash)
      return frame => truth(has(frame, textOf(key(frame))))
    }
    case 'defined': {
      const operand = scalar(expression.operand)
      return frame => truth(operand(frame) !== undefined)
    }
    case 'not': {
      const operand = scalar(expression.operand)
      return frame => truth(!isTrue(operand(frame)))
    }
    case 'and':
    case 'or': {
      const [left, right] = [scalar(expression.left), scalar(expression.right)]
      const isOr = expression.type === 'or'
      return frame => {
        const value = left(frame)
        return isTrue(value) === isOr ? value : right(frame)
      }
    }
    case 'choice': {
      const [test, yes, no] = [scalar(expression.test), scalar(expression.yes), scalar(expression.no)]
      return frame => (isTrue(test(frame)) ? yes(frame) : no(frame))
    }
    case 'compare': {
      const [left, right] = [scalar(expression.left), scalar(expression.right)]
      const compare = COMPARISONS[expression.operator]
      return frame => truth(compare(textOf(left(frame)), textOf(right(frame))))
    }
    case 'match': {
      const matches = matching(expression)
      return frame => truth(matches(frame))
    }
    case 'hashReference': {
      const { variable } = expression
      return frame => frame.hashes[variable] ?? giveUp()
    }
    case 'newHash': {
      const pairs = expression.pairs.map(([key, value]) => [scalar(key), scalar(value)] as const)
      return frame => {
        const hash = new OwnHash()
        for (const [key, value] of pairs) hash.values.set(textOf(key(frame)), plain(value(frame)))
        return hash
      }
    }
    case 'list': {
      const [item, ...others] = expression.items
      if (others.length > 0) return giveUp
      return item === undefined ? () => undefined : scalar(item)
    }
    case 'take': {
      const take = taking(expression)
      return frame => String(take(frame))
    }
  }
}

/** An expression in list context. */
export function list(expression: Expression): ListEvaluator {
  switch (expression.type) {
    case 'list': {
      const items = expression.items.map(list)
      return frame => items.flatMap(item => item(frame))
    }
    case 'choice': {
      const [test, yes, no] = [scalar(expression.test), list(expression.yes), list(expression.no)]
      return frame => (isTrue(test(frame)) ? yes(frame) : no(frame))
    }
    case 'and':
    case 'or': {
      const [left, right] = [scalar(expression.left), list(expression.right)]
      const isOr = expression.type === 'or'
      return frame => {
        const value = left(frame)
        return isTrue(value) === isOr ? [value] : right(frame)
      }
    }
    case 'match':
      return expression.negated ? alone(scalar(expression)) : captured(expression)
    case 'take':
      return giveUp
    default:
      return alone(scalar(expression))
  }
}

function alone(value: Evaluator): ListEvaluator {
  return frame => [value(frame)]
}

/** What a match gives in list context: its groups, or 1 if it has none. With `/g` it would give all matches. */
function captured(match: Match): ListEvaluator {
  if (match.mode !== 'whole') return giveUp
  const matches = matching(match)
  return frame => {
    if (!matches(frame)) return []
    return match.scanner.groupCount === 0 ? ['1'] : (frame.captures ?? giveUp()).slice(1)
  }
}

function matching({ subject, negated, mode, scanner }: Match): (frame: Frame) => boolean {
  const value = scalar(subject)
  if (mode === 'whole') {
    return frame => {
      const scan = scanner.scan(textOf(value(frame)), 0)
      if (scan !== undefined) frame.captures = scan.captures
      return (scan !== undefined) !== negated
    }
  }
  const isOfVariable = subject.type === 'variable'
  const index =
    subject.type === 'variable' ? subject.variable : subject.type === 'argument' ? subject.index : -1
  return frame => {
    const positions = isOfVariable ? frame.positions : frame.givenPositions
    const scan = scanner.scan(textOf(value(frame)), positions[index] ?? 0)
    positions[index] = scan?.end
    if (scan !== undefined) frame.captures = scan.captures
    return (scan !== undefined) !== negated
  }
}

/** Sets variables; how many values there were. */
export function taking({ variables, from }: Extract<Expression, { type: 'take' }>): (frame: Frame) => number {
  const values: ListEvaluator = from === undefined ? frame => frame.given : list(from)
  return frame => {
    const all = values(frame)
    for (const [index, variable] of variables.entries()) {
      frame.values[variable] = all[index]
      frame.positions[variable] = undefined
    }
    return all.length
  }
}

function element(hash: HashSource, key: Expression): Evaluator {
  const name = scalar(key)
  if (hash.type === 'hash') {
    const { variable } = hash
    return frame => frame.hashes[variable]?.values.get(textOf(name(frame)))
  }
  const reference = scalar(hash.of)
  return frame => {
    const of = reference(frame)
    if (typeof of !== 'object' || of instanceof OwnHash) return giveUp()
    const text = textOf(name(frame))
    return Object.hasOwn(of, text) ? of[text] : undefined
  }
}

function exists(hash: HashSource): (frame: Frame, name: string) => boolean {
  if (hash.type === 'hash') {
    const { variable } = hash
    return (frame, name) => frame.hashes[variable]?.values.has(name) ?? false
  }
  const reference = scalar(hash.of)
  return (frame, name) => {
    const of = reference(frame)
    if (typeof of !== 'object' || of instanceof OwnHash) return giveUp()
    return Object.hasOwn(of, name)
  }
}

/** What may stand in a hash. */
export function plain(value: Value): string | undefined {
  return typeof value === 'object' ? giveUp() : value
}

const COMPARISONS: Readonly<Record<Comparison, (left: string, right: string) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  '==': (left, right) => numberOf(left) === numberOf(right),
  '!=': (left, right) => numberOf(left) !== numberOf(right),
  '<': (left, right) => numberOf(left) < numberOf(right),
  '>': (left, right) => numberOf(left) > numberOf(right),
  '<=': (left, right) => numberOf(left) <= numberOf(right),
  '>=': (left, right) => numberOf(left) >= numberOf(right)
}

/** Whole numbers that both count the same. */
function numberOf(text: string): number {
  return /^-?\d{1,15}$/.test(text) && !text.includes('\n') ? Number(text) : giveUp()
}
