import { posix } from 'node:path'
import type { CheckContext, Path } from './check.ts'
import { fluentConflicts } from './fluent-conflicts.ts'
import { fromBytes } from './formats.ts'
import { kafkaConflicts } from './kafka-conflicts.ts'
import type { SinkConfig, SourceConfig, StageConfig } from './stage-config.ts'
import { routeConflicts } from './route-conflicts.ts'
import { tlsConflicts } from './tls-conflicts.ts'

/** What a program brings along itself. */
export interface Besides {
  readonly rules: number
  /** Their names. */
  readonly sources: readonly string[]
  readonly sinks: number
}

const NOTHING_BESIDES: Besides = { rules: 0, sources: [], sinks: 0 }

/**
 * What is missing from a configuration whose values are right each for itself, and what does not go together. `router`: a
 * router is wanted.
 */
export function conflicts(
  config: StageConfig,
  place: CheckContext['place'] | undefined,
  besides?: Besides,
  router = false
): string[] {
  const { rules, sources, sinks, deadLetters, delivery, time } = config
  const found: { path: Path; message: string }[] = []
  const say = (path: Path, message: string): void => void found.push({ path, message })
  const { rules: ownRules, sources: ownSources, sinks: ownSinks } = besides ?? NOTHING_BESIDES
  // A program has no command line of ours.
  const or = (option: string): string => (besides === undefined ? ` or ${option}` : '')

  const isRouter = router || config.route.key !== null
  if (!isRouter && rules.length + ownRules === 0)
    say([], `no rules; expected "rules"${or('--rules with a file pattern')}`)
  if (sources.length + ownSources.length === 0)
    say([], `no source; expected "sources"${or('--from with a URL')}`)
  if (!isRouter && sinks.length + ownSinks === 0) say([], `no sink; expected "sinks"${or('--to with a URL')}`)
  for (const name of ownSources) {
    if (!/[^\0-\xff]/.test(name)) continue
    say(
      ['sources', name],
      `wrong name "${name}" of a source; expected a byte string, one character a byte (latin1)`
    )
  }
  const named = [...sources, ...ownSources.map(name => ({ name }))]
  for (const { name, value } of twice(named, each => each.name)) {
    say(
      ['sources', fromBytes(value.name)],
      `two sources are named "${fromBytes(name)}"; expected a name of its own for each`
    )
  }
  for (const { name, value } of twice(sources.filter(hasPlaceOfItsOwn), sourceTarget)) {
    say(
      ['sources', fromBytes(value.name)],
      `source "${fromBytes(value.name)}" reads ${name}, as another one does; expected one of them`
    )
  }
  for (const { name, value } of twice(sinks, sinkTarget)) {
    say(
      ['sinks', fromBytes(value.name)],
      `sink "${fromBytes(value.name)}" writes to ${name}, as another one does; expected one of them`
    )
  }
  const confirming = sources.find(source => source.type === 'stdin' && source.confirm)
  if (confirming !== undefined && sinks.some(({ type }) => type === 'stdout')) {
    say(
      ['sources', fromBytes(confirming.name), 'confirm'],
      `wrong value true for "confirm" of source "${fromBytes(confirming.name)}": a sink writes alerts to standard output; expected a sink of type file or fifo`
    )
  }
  for (const { path, message } of tlsConflicts(config)) say(path, message)
  for (const { path, message } of fluentConflicts(sources, sinks)) say(path, message)
  for (const source of sources) {
    if (!('path' in source) || source.codec.type === 'json') continue
    if (!sinks.some(sink => sinkTarget(sink) === sourceTarget(source))) continue
    const name = fromBytes(source.name)
    say(
      ['sources', name],
      `source "${name}" reads ${sourceTarget(source)}, where alerts go, and the codec ${source.codec.type} knows none of them again; expected another file, or the codec json`
    )
  }
  const letters = deadLetters?.type === 'file' ? deadLetters : undefined
  const fed = sources.find(source => 'path' in source && letters !== undefined && isSame(source, letters))
  if (fed !== undefined && letters !== undefined) {
    say(
      ['deadLetters', 'path'],
      `wrong value "${fromBytes(letters.path)}" for "deadLetters.path": source "${fromBytes(fed.name)}" reads it; expected another file`
    )
  }
  const taken = sinks.find(sink => 'path' in sink && letters !== undefined && isSame(sink, letters))
  if (taken !== undefined && letters !== undefined) {
    say(
      ['deadLetters', 'path'],
      `wrong value "${fromBytes(letters.path)}" for "deadLetters.path": alerts go there; expected another file`
    )
  }
  for (const { path, message } of routeConflicts(config, besides, router)) say(path, message)
  for (const { path, message } of kafkaConflicts(config, ownSources.length)) say(path, message)
  if (delivery.longestRetry < delivery.firstRetry) {
    say(
      ['delivery', 'longestRetry'],
      `wrong value ${delivery.longestRetry} for "delivery.longestRetry"; expected firstRetry (${delivery.firstRetry}) or more`
    )
  }
  if (config.atEnd === 'fire' && time.type === 'arrival') {
    say(['atEnd'], 'wrong value "fire" for "atEnd"; expected keep, or time: record beside it')
  }
  return found.map(({ path, message }) =>
    place === undefined ? message : `${place(path, 'value')}: ${message}`
  )
}

/** Port 0 is each time another one. */
function hasPlaceOfItsOwn(source: SourceConfig): boolean {
  return !('address' in source && source.address.endsWith(':0'))
}

function sourceTarget(source: SourceConfig): string {
  if (source.type === 'stdin') return 'standard input'
  if (source.type === 'kafka') return `"${fromBytes((source.topics ?? [source.pattern]).join(','))}"`
  return `"${fromBytes('address' in source ? source.address : posix.normalize(source.path))}"`
}

function sinkTarget(sink: SinkConfig): string {
  if (sink.type === 'fluent')
    return `${fromBytes(sink.servers.join(', '))} with the tag ${fromBytes(sink.tag)}`
  if (sink.type === 'stdout') return 'standard output'
  if (sink.type === 'kafka')
    return `the topic "${fromBytes(sink.topic)}" at ${sink.brokers?.join(',') ?? 'the source'}`
  return `"${fromBytes('address' in sink ? sink.address : posix.normalize(sink.path))}"`
}

function isSame(one: { readonly path: string }, other: { readonly path: string }): boolean {
  return posix.normalize(one.path) === posix.normalize(other.path)
}

/** The second one of each two that have the same name. */
function twice<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string
): { name: string; value: Item }[] {
  const seen = new Set<string>()
  return items.flatMap(value => {
    const name = nameOf(value)
    if (seen.has(name)) return [{ name, value }]
    seen.add(name)
    return []
  })
}
