import { action, textOrDescription, variable, word } from './syntax.ts'

export const assign = action('assign', { variable, text: textOrDescription })
export const assignsq = action('assignsq', { variable, text: textOrDescription })
export const free = action('free', { variable })
export const varset = action('varset', { variable, entry: word })
