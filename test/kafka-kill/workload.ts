import { endlessKafkaLines, KAFKA_RULES, type KafkaLine } from '../cli/kafka-lines.ts'
import { ruleSetLines, ruleSetWorkload } from '../kill/rule-sets.ts'
import type { RuleFile } from '../parity/case.ts'
import { Random } from '../parity/rule-files/random.ts'

/** Rules, and lines for them that never end; in each partition time goes on. */
export interface KafkaWorkload {
  readonly files: readonly RuleFile[]
  readonly lines: (partitions: number, start: number) => Generator<KafkaLine, never>
  /** The source has this context, and notifications become alerts: a run over a file says what is right, not a replay. */
  readonly context?: string
}

export const WORKLOAD: KafkaWorkload = {
  files: [{ name: 'rules.sec', text: KAFKA_RULES }],
  lines: endlessKafkaLines
}

/** The rule sets of `npm run kill -- --rule-sets`, in each partition with a Perl of its own. */
export function kafkaRuleSets(seed: number): KafkaWorkload {
  return { ...ruleSetWorkload(), lines: (partitions, start) => spread(partitions, start, seed) }
}

/** What comes at once comes to one partition. */
function* spread(partitions: number, start: number, seed: number): Generator<KafkaLine, never> {
  const random = new Random(seed + 1)
  const lines = ruleSetLines(seed)
  let milliseconds = 1000 * start
  let partition = 0
  for (;;) {
    const { text, isAtOnce } = lines.next().value
    if (!isAtOnce) {
      partition = random.below(partitions)
      milliseconds += random.below(200)
    }
    yield { partition, seconds: Math.floor(milliseconds / 1000), text }
  }
}
