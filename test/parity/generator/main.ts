import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParityCase, ParityOutput } from '../case.ts'
import { findSec } from '../sec/find.ts'
import { layOut } from '../sec/run.ts'
import { compareCase, type Verdict } from './compare.ts'
import { Coverage } from './coverage.ts'
import { generateCase } from './generate.ts'
import { PerlCoverage } from './perl-coverage.ts'
import { SecAnswers } from './sec-answers.ts'
import { shrink } from './shrink.ts'

const LEAST_COVERAGE = 50
const MOST_SKIPPED = 0.1
/** Cases that bars are stated for; fewer are not judged by them. */
const FULL_RUN = 2000

/**
 * Compares SEC with us on random cases: `--cases N --seed S [--from N] [--most N] [--as-they-are] [--perl]`. Cases that differ are made small and written
 * to a directory. Returns the exit status: 1 for a difference or too little coverage.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      /** Stop after so many differences. */
      most: { type: 'string', default: '20' },
      /** Do not make cases that differ small. */
      'as-they-are': { type: 'boolean', default: false },
      /** Rules hold Perl code. */
      perl: { type: 'boolean', default: false }
    }
  })
  const found = findSec()
  if ('missing' in found) {
    report(`parity:diff: ${found.missing}`)
    return 2
  }
  const [cases, seed, from, most] = [values.cases, values.seed, values.from, values.most].map(Number) as [
    number,
    number,
    number,
    number
  ]
  const answers = new SecAnswers(found.path)
  const coverage = new Coverage()
  const perl = new PerlCoverage()
  const counts = { equal: 0, different: 0, skipped: 0, empty: 0 }
  let directory: string | undefined
  try {
    for (let number = from; number < from + cases && counts.different < most; number++) {
      const parityCase = generateCase(seed, number, { perl: values.perl })
      const verdict = await compareCase(answers, parityCase, { perl })
      if ((number - from + 1) % 100 === 0) report(`${number - from + 1} cases ...`)
      counts[verdict.kind]++
      if (verdict.kind === 'equal') {
        if (verdict.output.stdout === '') counts.empty++
        else coverage.add(parityCase)
      }
      if (verdict.kind !== 'different') continue
      if (values['as-they-are']) {
        report(`case ${number} differs`)
        continue
      }
      directory ??= mkdtempSync(join(tmpdir(), 'correlog-differences-'))
      const name = join(directory, `${seed}-${number}`)
      report(`case ${number} differs: ${name}`)
      await writeSmallest(answers, parityCase, verdict, name)
    }
  } finally {
    await answers.stop()
  }
  if (values.perl) reportPerl(perl)
  return summarize(counts, coverage, cases)
}

function reportPerl(perl: PerlCoverage): void {
  for (const [name, calls, cases] of perl.counts()) report(`${name}: ${calls} calls in ${cases} cases`)
}

interface Counts {
  readonly equal: number
  readonly different: number
  readonly skipped: number
  readonly empty: number
}

function summarize({ equal, different, skipped, empty }: Counts, coverage: Coverage, cases: number): number {
  const done = equal + different + skipped
  report(
    `${done} cases: ${different} differ, ${skipped} skipped (SEC's order undefined), ${empty} without output`
  )
  const lowest = coverage.counts()
  report(
    `least covered: ${lowest
      .slice(0, 12)
      .map(([feature, count]) => `${feature} ${count}`)
      .join(', ')}`
  )
  if (different > 0) return 1
  if (cases < FULL_RUN) return 0
  const bare = lowest.filter(([, count]) => count < LEAST_COVERAGE)
  if (bare.length > 0)
    report(`in less than ${LEAST_COVERAGE} cases with output: ${bare.map(([name]) => name).join(', ')}`)
  if (skipped > cases * MOST_SKIPPED) report(`more than ${MOST_SKIPPED * 100} % skipped`)
  return bare.length > 0 || skipped > cases * MOST_SKIPPED ? 1 : 0
}

async function writeSmallest(
  answers: SecAnswers,
  parityCase: ParityCase,
  first: Verdict & { kind: 'different' },
  directory: string
): Promise<void> {
  let verdict = first
  const smallest = await shrink(parityCase, async smaller => {
    const next = await compareCase(answers, smaller, { isQuick: true }).catch(() => undefined)
    if (next?.kind !== 'different') return false
    verdict = next
    return true
  })
  layOut(smallest, directory)
  writeFileSync(join(directory, 'options.json'), `${JSON.stringify(smallest.options, null, 2)}\n`)
  writeOutput(join(directory, 'sec'), verdict.sec)
  writeOutput(join(directory, 'ours'), verdict.ours)
}

function writeOutput(directory: string, { stdout, files }: ParityOutput): void {
  mkdirSync(directory)
  writeFileSync(join(directory, 'stdout'), stdout, 'latin1')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, 'latin1')
}

function report(line: string): void {
  process.stdout.write(`${line}\n`)
}
