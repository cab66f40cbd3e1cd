import type { MatchBinding, MatchVariables } from '../match-variables.ts'

/**
 * The match variables of a first pattern as they may stand in the string literals of a CEL expression, whichever quotes it
 * has: a value can't end the literal. Outside of literals a reference is a syntax error at load, as `$` is nothing in CEL.
 */
export function quotedForCel({ variables, cache }: MatchBinding): MatchBinding {
  const quotedCache = Object.entries(cache).map(([entry, values]): [string, MatchVariables] => [
    entry,
    quoteAll(values)
  ])
  return { variables: quoteAll(variables), cache: Object.fromEntries(quotedCache) }
}

function quoteAll(variables: MatchVariables): MatchVariables {
  const entries = Object.entries(variables).map(([name, value]): [string, string | undefined] => [
    name,
    value === undefined ? undefined : quote(value)
  ])
  return Object.fromEntries(entries)
}

function quote(value: string): string {
  return value.replace(/[\\"'`\0-\x1f\x7f]/g, character =>
    /[\\"'`]/.test(character)
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  )
}

const REFERENCE = /\$(?:[0-9]|\{[0-9]+\}|\+\{|:\{)/
const LITERAL =
  /\/\/[^\n]*|([rRbB]{0,2})("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')/g

/** The first raw string literal (`r"…"`, where nothing can be quoted) that refers to a match variable. */
export function rawLiteralWithReference(source: string): string | undefined {
  for (const [whole, prefix = ''] of source.matchAll(LITERAL)) {
    if (/[rR]/.test(prefix) && REFERENCE.test(whole)) return whole
  }
  return undefined
}
