import {
  action,
  NO_MATCH,
  optionalText,
  optionalWords,
  type Parameter,
  removeOuterParentheses,
  requiredText,
  requiredWords,
  restoreParentheses,
  word
} from './syntax.ts'

/** `'text'`, single quotes and all; `%s` if there is nothing between them. */
const quotedText: Parameter<string> = source => {
  const match = /^'([^']*)'(?:$|[ \t\n\r\f\v]+)/.exec(source.rest)
  if (match === null) return NO_MATCH
  source.rest = source.rest.slice(match[0].length)
  const text = restoreParentheses(removeOuterParentheses(match[1] ?? ''))
  return text === '' ? '%s' : text
}

export const shellcmd = action('shellcmd', { command: requiredText })
export const spawn = action('spawn', { command: requiredText })
export const cspawn = action('cspawn', { context: word, command: requiredText })
export const cmdexec = action('cmdexec', { command: requiredWords })
export const spawnexec = action('spawnexec', { command: requiredWords })
export const cspawnexec = action('cspawnexec', { context: word, command: requiredWords })
export const pipe = action('pipe', { text: quotedText, command: optionalText })
export const pipeexec = action('pipeexec', { text: quotedText, command: optionalWords })
export const report = action('report', { name: word, command: optionalText })
export const reportexec = action('reportexec', { name: word, command: optionalWords })
