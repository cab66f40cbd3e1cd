import { action, optionalVariable, textOrDescription, variable, word } from './syntax.ts'

export const add = action('add', { name: word, text: textOrDescription })
export const prepend = action('prepend', { name: word, text: textOrDescription })
export const fill = action('fill', { name: word, text: textOrDescription })
export const copy = action('copy', { name: word, variable })
export const empty = action('empty', { name: word, variable: optionalVariable })
export const pop = action('pop', { name: word, variable })
export const shift = action('shift', { name: word, variable })
export const trim = action('trim', { time: word, name: word, variable: optionalVariable })
