import type { Path } from './check.ts'
import { fromBytes } from './formats.ts'
import type { SinkConfig, SourceConfig } from './stage-config.ts'

interface Conflict {
  readonly path: Path
  readonly message: string
}

/** What does not go together within a source or sink of type fluent. */
export function fluentConflicts(
  sources: readonly SourceConfig[],
  sinks: readonly SinkConfig[]
): readonly Conflict[] {
  return [
    ...sources.flatMap(part => (part.type === 'fluent' ? wrongIn('sources', part) : [])),
    ...sinks.flatMap(part => (part.type === 'fluent' ? wrongIn('sinks', part) : [])),
    ...sinks.flatMap(sink => loopOf(sink, sources))
  ]
}

/** The alerts would wait for an acknowledgement that comes when they are delivered. */
function loopOf(sink: SinkConfig, sources: readonly SourceConfig[]): Conflict[] {
  if (sink.type !== 'fluent') return []
  const own = sources.find(source => source.type === 'fluent' && sink.servers.includes(source.address))
  if (own === undefined) return []
  const [name, source] = [sink.name, own.name].map(fromBytes)
  const message = `sink "${name}" writes to source "${source}" of this stage: each would wait for the other; expected another server`
  return [{ path: ['sinks', name ?? ''], message }]
}

interface Part {
  readonly name: string
  readonly sharedKey: string | null
  readonly user: string | null
  readonly password: string | null
}

function wrongIn(list: 'sources' | 'sinks', { name, sharedKey, user, password }: Part): Conflict[] {
  const shown = fromBytes(name)
  const where = `${list === 'sources' ? 'source' : 'sink'} "${shown}"`
  const found: Conflict[] = []
  const say = (message: string): void => void found.push({ path: [list, shown], message })
  if ((user === null) !== (password === null))
    say(`${where} has only one of user and password; expected both`)
  else if (user !== null && sharedKey === null) say(`${where} has a user and no sharedKey; expected both`)
  return found
}
