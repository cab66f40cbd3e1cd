/** Seconds since Epoch of a log's line by its own stamp, `undefined` where it has none. */
type Stamp = (line: string) => number | undefined

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** The year of the log whose stamps have none. */
const YEAR = 2005

/** How the lines of each log are stamped. Local times are taken as UTC. */
export const STAMPS: Readonly<Record<'Apache' | 'Linux' | 'Thunderbird', Stamp>> = {
  Apache: line => {
    const [, month = '', day, hour, minute, second, year] =
      /^\[\w+ (\w+) (\d+) (\d+):(\d+):(\d+) (\d+)\]/.exec(line) ?? []
    return toSeconds(month, Number(year), day, hour, minute, second)
  },
  Linux: line => {
    const [, month = '', day, hour, minute, second] = /^(\w+) +(\d+) (\d+):(\d+):(\d+)/.exec(line) ?? []
    return toSeconds(month, YEAR, day, hour, minute, second)
  },
  Thunderbird: line => {
    const [, seconds] = /^\S+ (\d+) /.exec(line) ?? []
    return seconds === undefined ? undefined : Number(seconds)
  }
}

function toSeconds(month: string, year: number, ...rest: (string | undefined)[]): number | undefined {
  const [day, hour, minute, second] = rest.map(Number)
  const milliseconds = Date.UTC(year, MONTHS.indexOf(month), day, hour, minute, second)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}

/**
 * A log as timelines in its own time. It is cut where nothing happened for more than `silence` seconds, when all
 * windows and contexts of the rules have ended, since each second of a timeline is ticked. A stamp that goes back, as
 * some do, counts as the one before it.
 */
export function logTimelines(log: string, stamp: Stamp, silence: number): string[] {
  const timelines: string[][] = []
  let now = 0
  for (const line of log.split(/\r?\n/).filter(text => text !== '')) {
    const time = Math.max(stamp(line) ?? now, now)
    if (timelines.length === 0 || time - now > silence) timelines.push([])
    now = time
    timelines.at(-1)?.push(`@${now} ${line}`)
  }
  return timelines.map(lines => [...lines, `@${secondOf(lines.at(-1)) + silence}`, ''].join('\n'))
}

function secondOf(line: string | undefined): number {
  return Number(/^@(\d+)/.exec(line ?? '')?.[1])
}
