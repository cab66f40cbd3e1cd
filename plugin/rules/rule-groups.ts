import type { RequiredLiteral } from '../patterns/perl-regexp/index.ts'
import type { Condition } from './match-condition.ts'
import type { Rule } from './rule.ts'

/** Neighbours in a rule file, of which none can match a line that has none of their texts: found out at once for all. */
export interface RuleGroup {
  /** Index behind its last rule. */
  readonly end: number
  /** Matches a line that has one of the texts. */
  readonly texts: RegExp
}

/** More would find a text in too many lines, and then each of them is tried. */
const MOST_RULES = 16
const MOST_TEXTS = 64
/** Shorter texts stand in most lines. */
const LEAST_LENGTH = 3

/** The groups of a file, each at the index of its first rule. */
export function groupRules(rules: readonly Rule[]): readonly (RuleGroup | undefined)[] {
  const groups: (RuleGroup | undefined)[] = rules.map(() => undefined)
  let start = 0
  let texts: string[] = []
  const close = (end: number): void => {
    if (end - start > 1 && texts.length > 0) groups[start] = { end, texts: new RegExp(texts.join('|')) }
    start = end
    texts = []
  }
  for (const [index, rule] of rules.entries()) {
    const own = textsOf(rule)
    const isFull = index - start === MOST_RULES || texts.length + (own?.length ?? 0) > MOST_TEXTS
    if (isFull || own === undefined) close(index)
    if (own === undefined) start = index + 1
    else texts.push(...own)
  }
  close(rules.length)
  return groups
}

/** Of which each line that the rule does anything with has one, as regular expressions; `undefined`: not known. */
function textsOf({ type, conditions }: Rule): readonly string[] | undefined {
  if (type.actsOnMatchOnly !== true) return undefined
  const texts = conditions.map(textsOfCondition)
  return texts.includes(undefined) ? undefined : texts.flatMap(each => each ?? [])
}

function textsOfCondition({ pattern, context }: Condition): readonly string[] | undefined {
  // It is evaluated whatever the line is, and may expire contexts or run code.
  if (context?.beforePattern === true) return undefined
  const literal = pattern.required?.find(({ anyOf }) => anyOf.every(text => text.length >= LEAST_LENGTH))
  return literal?.anyOf.map(text => expressionOf(text, literal))
}

function expressionOf(text: string, { ignoreCase }: RequiredLiteral): string {
  return text.replace(/[^]/g, character => {
    if (ignoreCase && /[a-z]/.test(character)) return `[${character}${character.toUpperCase()}]`
    return /\w/.test(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
