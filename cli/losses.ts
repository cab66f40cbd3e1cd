import type { EffectsCounters } from '../adapters/effects/effects.ts'
import type { InputsCounters } from '../adapters/sec-inputs/inputs.ts'

/** One log line for each way in which something was lost since the start; none where nothing was. */
export function lossMessages(inputs: InputsCounters, effects: EffectsCounters): string[] {
  const losses: readonly (readonly [number, string])[] = [
    [inputs.cutLines, `Input lines were too long and were cut: ${inputs.cutLines}, bytes ${inputs.cutBytes}`],
    [effects.cutBytes, `Lines of programs were too long and were cut: bytes ${effects.cutBytes}`],
    [
      effects.droppedWrites,
      `Writes to pipes without a reader or room were dropped: ${effects.droppedWrites}`
    ],
    [effects.failedWrites, `Writes failed or came short: ${effects.failedWrites}`]
  ]
  return losses.filter(([count]) => count > 0).map(([, message]) => message)
}
