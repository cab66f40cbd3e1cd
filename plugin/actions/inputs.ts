import { fileName, wordOr } from './parameters.ts'
import { action, nothing, notYet } from './syntax.ts'

const REASON = 'changes the inputs'

export const addinput = notYet(
  action('addinput', { path: fileName, offset: wordOr('-'), context: wordOr(undefined) }, nothing),
  REASON
)
export const dropinput = notYet(action('dropinput', { path: fileName }, nothing), REASON)
