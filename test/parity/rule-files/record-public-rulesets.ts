import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findSec } from '../sec/find.ts'
import { publicRulesets, verdictOfSec } from './public-rulesets.ts'

/** Records what `sec --testonly` makes of the public rule files: verdicts only, none of their text. */
export function main(): number {
  const sec = findSec()
  const rulesets = publicRulesets()
  if ('missing' in sec || rulesets.size === 0) {
    process.stderr.write(`${'missing' in sec ? sec.missing : 'the public rule files are missing'}\n`)
    return 2
  }
  const verdicts = Object.fromEntries(
    [...rulesets].map(([name, text]) => [name, verdictOfSec(sec.path, text)])
  )
  writeFileSync(
    join(import.meta.dirname, 'public-rulesets.json'),
    `${JSON.stringify(verdicts, undefined, 2)}\n`
  )
  process.stdout.write(`${rulesets.size} rule files\n`)
  return 0
}
