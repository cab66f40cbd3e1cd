import { trimSpaceEnd, trimSpaceStart } from '../ascii-space.ts'

/** `<parameters> -> <code>` or `<parameters> :> <code>`, taken apart. */
export interface Call {
  readonly parameters: string
  readonly operator: '->' | ':>'
  readonly code: string
}

/** At the first operator; `undefined` if there is none or nothing after it. */
export function splitCall(text: string): Call | undefined {
  const at = text.search(/->|:>/)
  const code = at === -1 ? '' : trimSpaceStart(text.slice(at + 2))
  if (code === '') return undefined
  return { parameters: trimSpaceEnd(text.slice(0, at)), operator: text[at] === '-' ? '->' : ':>', code }
}
