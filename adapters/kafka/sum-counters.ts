import { type CounterRecord, newCounters, type StageCounters } from '../../plugin/stage/counters.ts'

/** The counters of several stages as those of one: sums, and the times of the last checkpoint of all. */
export function sumCounters(
  first: StageCounters | undefined,
  others: readonly StageCounters[]
): StageCounters {
  const sum = newCounters()
  for (const counters of first === undefined ? others : [first, ...others]) add(sum, counters)
  return sum
}

function add(sum: CounterRecord, counters: StageCounters): void {
  const { lastCheckpointAt, lastCheckpointMs } =
    counters.lastCheckpointAt > sum.lastCheckpointAt ? counters : sum
  for (const name of Object.keys(sum) as (keyof StageCounters)[]) {
    const value = counters[name]
    if (typeof value === 'number') addNumber(sum, name, value)
    else for (const [key, each] of Object.entries(value)) addTo(sum[name], key, each)
  }
  sum.lastCheckpointAt = lastCheckpointAt
  sum.lastCheckpointMs = lastCheckpointMs
}

function addNumber(sum: CounterRecord, name: keyof StageCounters, value: number): void {
  const before = sum[name]
  if (typeof before === 'number') Object.assign(sum, { [name]: before + value })
}

function addTo(into: number | Record<string, number>, key: string, value: number): void {
  if (typeof into === 'object') into[key] = (into[key] ?? 0) + value
}
