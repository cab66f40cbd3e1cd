import { type ParityCase, type ParityOutput, sameOutput } from '../case.ts'
import { replayInProcess } from '../ours.ts'
import type { PerlCoverage } from './perl-coverage.ts'
import type { SecAnswers } from './sec-answers.ts'

export type Verdict =
  | { readonly kind: 'equal'; readonly output: ParityOutput }
  /** SEC's own output is not defined, or grows beyond all bounds. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'different'; readonly sec: ParityOutput; readonly ours: ParityOutput }

/** How often a case with programs is run again before a difference counts. */
const RACES = 5

export interface CompareOptions {
  /** Hears of the Perl code that runs. */
  readonly perl?: PerlCoverage
  /** A difference may yet be one of SEC's hash order, once in a while: for what only makes a case smaller. */
  readonly isQuick?: boolean
}

export async function compareCase(
  answers: SecAnswers,
  parityCase: ParityCase,
  { perl, isQuick = false }: CompareOptions = {}
): Promise<Verdict> {
  const sec = await answers.definedAnswer(parityCase)
  if (sec === undefined) return { kind: 'skipped' }
  const ours = await replay(parityCase, perl)
  if (sameOutput(ours, sec)) return { kind: 'equal', output: sec }
  if (await answers.gives(parityCase, ours, !isQuick)) return { kind: 'skipped' }
  return (await races(answers, parityCase, ours)) ? { kind: 'skipped' } : { kind: 'different', sec, ours }
}

/** Whether the order depends on which of several programs is faster: then the same run ends otherwise another time. */
async function races(answers: SecAnswers, parityCase: ParityCase, ours: ParityOutput): Promise<boolean> {
  if (parityCase.options.runPrograms !== true) return false
  for (let time = 0; time < RACES; time++) {
    if (!sameOutput(await replay(parityCase), ours)) return true
  }
  return answers.varies(parityCase, RACES)
}

/** A crash is an output that SEC never gives. */
async function replay(parityCase: ParityCase, perl?: PerlCoverage): Promise<ParityOutput> {
  try {
    const { stdout, files } = await replayInProcess(parityCase, 'wasm', host =>
      perl === undefined ? host : perl.watch(host, parityCase)
    )
    return { stdout, files }
  } catch (error) {
    return { stdout: `crashed: ${error instanceof Error ? error.stack : String(error)}`, files: {} }
  }
}
