import { action, notYet, word } from './syntax.ts'

export const sigemul = notYet(action('sigemul', { signal: word }), 'emulates a signal')
