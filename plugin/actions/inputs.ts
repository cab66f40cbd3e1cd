import { action, nothing, notYet, optionalWord, word, wordOr } from './syntax.ts'

const REASON = 'changes the inputs'

export const addinput = notYet(
  action('addinput', { path: word, offset: wordOr('-'), context: optionalWord }, nothing),
  REASON
)
export const dropinput = notYet(action('dropinput', { path: word }, nothing), REASON)
