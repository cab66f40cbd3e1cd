import { sameOutput } from './case.ts'
import { loadRecordedCases, saveExpected, type RecordedCase } from './recorded.ts'
import { findSec } from './sec/find.ts'
import { SecRunner, type SecOutput } from './sec/run.ts'

const HASH_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

/**
 * Records what SEC writes for each case of `cases/`; with `--check` only compares. With names, only these.
 * A case on which SEC's hash seeds disagree is not recorded. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const found = findSec()
  if ('missing' in found) {
    console.error(`parity:record: ${found.missing}`)
    return 2
  }
  const check = args.includes('--check')
  const names = args.filter(argument => argument !== '--check')
  const cases = loadRecordedCases().filter(({ name }) => names.length === 0 || names.includes(name))
  const runner = new SecRunner(found.path)
  let failures = 0
  try {
    for (const recorded of cases) {
      const problem = await record(runner, recorded, check).catch(String)
      if (problem === undefined) continue
      failures++
      console.error(`${recorded.name}: ${problem}`)
    }
  } finally {
    await runner.stop()
  }
  console.log(`${cases.length} cases, ${failures} of them ${check ? 'differ' : 'not recorded'}`)
  return failures === 0 ? 0 : 1
}

async function record(
  runner: SecRunner,
  recorded: RecordedCase,
  check: boolean
): Promise<string | undefined> {
  const [output, ...others] = await Promise.all(HASH_SEEDS.map(seed => runner.run(recorded, seed)))
  if (output === undefined || others.some(other => !sameOutput(output, other)))
    return "SEC's output depends on its hash order"
  const complaints = unexpectedMessages(output)
  if (complaints !== '' && !recorded.name.startsWith('refused-')) return `SEC complains: ${complaints}`
  if (!check) saveExpected(recorded.name, output)
  else if (recorded.expected === undefined || !sameOutput(recorded.expected, output))
    return 'the recorded output is not what SEC writes'
  return undefined
}

/** A rule that SEC refuses, or a case that says nothing, is not what its author meant. */
function unexpectedMessages({ log, stdout }: SecOutput): string {
  const refusals = log.split('\n').filter(line => /: Rule in \S+ at line \d+: (?!.*overriding)/.test(line))
  return refusals.length > 0 ? refusals.join('\n') : stdout === '' ? `nothing is written\n${log}` : ''
}
