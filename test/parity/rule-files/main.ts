import { findSec } from '../sec/find.ts'
import { compareRuleFiles, type Difference } from './compare.ts'
import { randomRuleFile } from './generate.ts'
import { Random } from './random.ts'

const BATCH = 50
const SHOWN = 10

/** Compares how SEC and we load random rule files: `[COUNT [SEED]]`. */
export function main([count = '1000', seed = '1']: string[]): number {
  const sec = findSec()
  if ('missing' in sec) {
    process.stderr.write(`${sec.missing}\n`)
    return 2
  }
  const random = new Random(Number(seed))
  const differences: Difference[] = []
  let skipped = 0
  let faultless = 0
  for (let done = 0; done < Number(count); done += BATCH) {
    const texts = Array.from({ length: BATCH }, () => randomRuleFile(random))
    const comparison = compareRuleFiles(sec.path, texts)
    differences.push(...comparison.differences)
    skipped += comparison.skipped
    faultless += comparison.faultless
  }
  for (const { text, sec: theirs, ours } of differences.slice(0, SHOWN)) {
    process.stdout.write(
      `--- rule file\n${text}\n--- SEC\n${theirs.join('\n')}\n--- ours\n${ours.join('\n')}\n\n`
    )
  }
  process.stdout.write(
    `${count} rule files, ${faultless} without a fault, ${skipped} not comparable, ${differences.length} differences\n`
  )
  return differences.length === 0 ? 0 : 1
}
