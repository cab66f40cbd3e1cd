import { foldAscii, type RequiredLiteral } from './required-literals.ts'

/** Shorter literals stand in most lines: looking for them costs more than it saves. */
const minLength = 2
const maxChecks = 2

/**
 * A quick test that says no only where no match is possible: V8 is slow to find out what `includes` sees at once.
 * Undefined where nothing is worth looking for.
 */
export function literalCheck(
  required: readonly RequiredLiteral[]
): ((subject: string) => boolean) | undefined {
  const entries = required
    .filter(entry => entry.anyOf.every(text => text.length >= minLength))
    .slice(0, maxChecks)
  const [one, other] = entries.map(onlyText)
  // Every line comes by here once for each rule: no call more than needed.
  if (one !== undefined && entries.length === 1) return subject => subject.includes(one)
  if (one !== undefined && other !== undefined) {
    return subject => subject.includes(one) && subject.includes(other)
  }
  const [first, second] = entries.map(checkOf)
  if (!first) return undefined
  return second ? subject => first(subject) && second(subject) : first
}

function onlyText({ anyOf, ignoreCase }: RequiredLiteral): string | undefined {
  return anyOf.length === 1 && !ignoreCase ? anyOf[0] : undefined
}

function checkOf({ anyOf, ignoreCase }: RequiredLiteral): (subject: string) => boolean {
  const [only] = anyOf
  const contains =
    anyOf.length === 1 && only !== undefined
      ? (subject: string) => subject.includes(only)
      : (subject: string) => anyOf.some(text => subject.includes(text))
  return ignoreCase ? subject => contains(foldAscii(subject)) : contains
}
