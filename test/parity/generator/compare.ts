import { type ParityCase, type ParityOutput, sameOutput } from '../case.ts'
import { replayInProcess } from '../ours.ts'
import type { SecAnswers } from './sec-answers.ts'

export type Verdict =
  | { readonly kind: 'equal'; readonly output: ParityOutput }
  /** SEC's own output is not defined, or grows beyond all bounds. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'different'; readonly sec: ParityOutput; readonly ours: ParityOutput }

export async function compareCase(answers: SecAnswers, parityCase: ParityCase): Promise<Verdict> {
  const sec = await answers.definedAnswer(parityCase)
  if (sec === undefined) return { kind: 'skipped' }
  const ours = await replay(parityCase)
  if (sameOutput(ours, sec)) return { kind: 'equal', output: sec }
  return (await answers.gives(parityCase, ours)) ? { kind: 'skipped' } : { kind: 'different', sec, ours }
}

/** A crash is an output that SEC never gives. */
async function replay(parityCase: ParityCase): Promise<ParityOutput> {
  try {
    const { stdout, files } = await replayInProcess(parityCase)
    return { stdout, files }
  } catch (error) {
    return { stdout: `crashed: ${error instanceof Error ? error.stack : String(error)}`, files: {} }
  }
}
