import { word } from './parameters.ts'
import { action, nothing, notYet } from './syntax.ts'

export const sigemul = notYet(
  action('sigemul', { signal: word('signal name') }, nothing),
  'emulates a signal'
)
