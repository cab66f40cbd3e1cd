import { action, textOrDescription, word } from './syntax.ts'

export const rewrite = action('rewrite', { lines: word, text: textOrDescription })
