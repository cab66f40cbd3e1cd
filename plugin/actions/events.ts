import { action, type Parameter, textOrDescription, word } from './syntax.ts'

/** Seconds, if the text begins with a number of its own; 0 otherwise. */
const optionalSeconds: Parameter<string> = source => {
  const match = /^([0-9]+)(?:$|[ \t\n\r\f\v]+)/.exec(source.rest)
  if (match === null) return '0'
  source.rest = source.rest.slice(match[0].length)
  return match[1] ?? '0'
}

export const event = action('event', { time: optionalSeconds, text: textOrDescription })
export const tevent = action('tevent', { time: word, text: textOrDescription })
export const cevent = action('cevent', { context: word, time: word, text: textOrDescription })
