import type { Path } from './check.ts'
import type { Besides } from './conflicts.ts'
import { keyProblem } from './key-types.ts'
import type { StageConfig } from './stage-config.ts'

interface Conflict {
  readonly path: Path
  readonly message: string
}

/** What does not go together with a router, or with the lack of one. */
export function routeConflicts(
  config: StageConfig,
  besides: Besides | undefined,
  isWanted: boolean
): readonly Conflict[] {
  const { route, sources, sinks, deadLetters } = config
  const found: Conflict[] = []
  const say = (path: Path, message: string): void => void found.push({ path, message })
  if (route.key === null) {
    if (isWanted) say(['route'], 'no "route.key"; expected the key that records are routed by, or --key')
    else if (
      route.topic !== null ||
      route.partitions !== null ||
      route.purgeReadBy !== null ||
      route.withoutKey !== 'keep'
    ) {
      say(['route'], 'no "key" in "route"; expected the key that records are routed by')
    }
    return found
  }
  const problem = keyProblem(route.key)
  if (problem !== undefined) say(['route', 'key'], `wrong value for "route.key": ${problem}`)
  if (sinks.length + (besides?.sinks ?? 0) > 0) {
    say(['sinks'], 'sinks of a router, which raises no alerts; expected none, or no "route"')
  }
  if ((besides?.sources.length ?? 0) > 0 || sources.some(({ type }) => type !== 'kafka')) {
    say(['sources'], 'a source of a router that is not of type kafka; expected Kafka sources alone')
  }
  if (route.withoutKey === 'deadLetters' && deadLetters === null) {
    say(
      ['route', 'withoutKey'],
      'wrong value "deadLetters" for "route.withoutKey": there is no "deadLetters"; expected it, or keep or drop'
    )
  }
  return found
}
