import { action, textOrDescription } from './syntax.ts'

export const logonly = action('logonly', { text: textOrDescription })
