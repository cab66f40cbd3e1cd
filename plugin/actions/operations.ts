import { action, NO_MATCH, type Parameter, textOrDescription, variable, word } from './syntax.ts'

/** `N`, `0`, `+N` or `-N`. */
const ruleOffset: Parameter<string> = source => {
  const match = /^([+-]?[0-9]+)(?:$|[ \t\n\r\f\v]+)/.exec(source.rest)
  if (match === null) return NO_MATCH
  source.rest = source.rest.slice(match[0].length)
  return match[1] ?? NO_MATCH
}

const optionalRuleOffset: Parameter<string | undefined> = source => {
  const offset = ruleOffset(source)
  return offset === NO_MATCH ? undefined : offset
}

export const reset = action('reset', { offset: optionalRuleOffset, text: textOrDescription })
export const getwpos = action('getwpos', { variable, offset: ruleOffset, text: textOrDescription })
export const setwpos = action('setwpos', { time: word, offset: ruleOffset, text: textOrDescription })
