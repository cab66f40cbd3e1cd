import type { Trouble } from '../../plugin/stage/health.ts'

/** `task 3`, `task 3: checkpoint`. */
const OF_TASK = /^task (\d+)(: .*)?$/s

/** Troubles of tasks that differ in the number of the task alone become one, in the words of the first of them. */
export function joinTaskTroubles(troubles: readonly Trouble[]): readonly Trouble[] {
  const joined = new Map<string, { numbers: number[]; part: string; first: Trouble }>()
  const others: Trouble[] = []
  for (const trouble of troubles) {
    const [, number, part = ''] = OF_TASK.exec(trouble.component) ?? []
    if (number === undefined) {
      others.push(trouble)
      continue
    }
    const key = `${part}\n${withoutNumber(trouble.reason, number)}`
    const known = joined.get(key)
    if (known === undefined) joined.set(key, { numbers: [Number(number)], part, first: trouble })
    else {
      known.numbers.push(Number(number))
      if (trouble.since < known.first.since) known.first = trouble
    }
  }
  const ofTasks = [...joined.values()].map(({ numbers, part, first }) => {
    return { ...first, component: `${namesOfTasks(numbers)}${part}` }
  })
  return [...others, ...ofTasks].sort((one, other) => one.since - other.since)
}

/** `task 3`, `tasks 0-3, 7`. */
export function namesOfTasks(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((one, other) => one - other)
  const ranges: [number, number][] = []
  for (const number of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && number === last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  const texts = ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return `task${sorted.length === 1 ? '' : 's'} ${texts.join(', ')}`
}

/** Reasons name transactional ids and partitions, which have the task's number. */
function withoutNumber(reason: string, number: string): string {
  return reason.replaceAll(new RegExp(`(?<![\\d.:])${number}(?![\\d.:])`, 'g'), 'N')
}
