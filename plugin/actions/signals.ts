import { action, nothing, notYet, word } from './syntax.ts'

export const sigemul = notYet(action('sigemul', { signal: word }, nothing), 'emulates a signal')
