/** What an evaluation of a context expression asked for, in order, and said. */
export interface Evaluation {
  readonly asked: string
  readonly value: boolean
}

/**
 * An expression's value and order of evaluation, whatever exists: `A?(B?T:F):F` asks for A first, then for B if A
 * exists, and is true if both do. Contexts have names of one letter, and an expression names each once.
 */
export function decisions(evaluate: (existing: string) => Evaluation, known = '', existing = ''): string {
  const { asked, value } = evaluate(existing)
  const next = asked[known.length]
  if (!asked.startsWith(known)) throw new Error(`${asked} is asked for instead of ${known}`)
  if (next === undefined) return value ? 'T' : 'F'
  const [yes, no] = [existing + next, existing].map(names => decisions(evaluate, known + next, names))
  return `${next}?${enclose(yes)}:${enclose(no)}`
}

function enclose(decision = ''): string {
  return decision.length === 1 ? decision : `(${decision})`
}
