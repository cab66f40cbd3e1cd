import { action, textOrDescription, word } from './syntax.ts'

export const write = action('write', { path: word, text: textOrDescription })
export const writen = action('writen', { path: word, text: textOrDescription })
export const owritecl = action('owritecl', { path: word, text: textOrDescription })
export const closef = action('closef', { path: word })
