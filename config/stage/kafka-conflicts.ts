import type { CheckedValues, Path } from './check.ts'
import { type Description, kindOf } from './description.ts'
import {
  deliveryGuarantee,
  isOneCluster,
  type KafkaSources,
  kafkaSources,
  sharesCluster
} from './kafka-defaults.ts'
import { fromBytes } from './formats.ts'
import { kafkaGroupOptions, kafkaSource } from './kafka-types.ts'
import type { StageConfig } from './stage-config.ts'

interface Conflict {
  readonly path: Path
  readonly message: string
}

/** What does not go together with Kafka. `others`: sources that a program brings along. */
export function kafkaConflicts(config: StageConfig, others: number): readonly Conflict[] {
  const found: Conflict[] = []
  const say = (path: Path, message: string): void => void found.push({ path, message })
  const sources = kafkaSources(config)
  const [first] = sources
  if (first === undefined) {
    withoutSource(config, say)
    return found
  }
  if (others > 0 || sources.length < config.sources.length) {
    say(
      ['sources'],
      'a Kafka source beside others; expected Kafka sources alone, since each of its partitions is a stage of its own'
    )
  }
  if (first.brokers === null) {
    const place = ['sources', fromBytes(first.name)]
    say(place, `no "brokers" of source "${fromBytes(first.name)}"; expected HOST:PORT or a list of these`)
  }
  if (first.heartbeat >= first.sessionTimeout) {
    say(
      ['sources', fromBytes(first.name), 'heartbeat'],
      `wrong value ${first.heartbeat} for "heartbeat" of source "${fromBytes(first.name)}"; expected less than its sessionTimeout (${first.sessionTimeout}), a third of it, say`
    )
  }
  for (const source of sources) topics(source, say)
  for (const source of sources.slice(1)) samePart(first, source, say)
  for (const part of [...sources, ...config.sinks]) {
    if (part.type === 'kafka') login(part.sasl, part.name, say)
  }
  if (config.once) {
    say(['once'], 'wrong value true for "once": a topic has no end; expected false, or sources with an end')
  }
  outputs(config, sources, say)
  if (config.delivery.guarantee === 'exactly_once' && !isOneCluster(config, first)) {
    say(
      ['delivery', 'guarantee'],
      'wrong value "exactly_once" for "delivery.guarantee": source, state and sinks are not all in one Kafka cluster; expected at_least_once, or all of type kafka with the same brokers'
    )
  }
  if (config.state?.type === 'file' && deliveryGuarantee(config) === 'exactly_once') {
    say(['state'], 'wrong value "file" for "state.type" with exactly_once; expected kafka')
  }
  return found
}

type Say = (path: Path, message: string) => void

function withoutSource({ sinks, deadLetters, state, resetState, delivery }: StageConfig, say: Say): void {
  for (const sink of sinks) {
    if (sink.type !== 'kafka') continue
    login(sink.sasl, sink.name, say)
    if (sink.brokers === null) {
      const name = fromBytes(sink.name)
      say(['sinks', name], `no "brokers" of sink "${name}"; expected them, as there is no Kafka source`)
    }
  }
  if (deadLetters?.type === 'kafka' && deadLetters.brokers === null) {
    say(['deadLetters'], 'no "brokers" of the dead letters; expected them, as there is no Kafka source')
  }
  const needs: readonly [boolean, string, string][] = [
    [state?.type === 'kafka', 'state', '"kafka" for "state.type"'],
    [resetState, 'resetState', 'true for "resetState"'],
    [delivery.guarantee !== null, 'delivery', `"${delivery.guarantee}" for "delivery.guarantee"`]
  ]
  for (const [isWrong, key, what] of needs) {
    if (isWrong) say([key], `wrong value ${what} without a Kafka source; expected one, or no such key`)
  }
}

function topics({ name: bytes, topics: named, pattern }: KafkaSources[number], say: Say): void {
  if ((named === null) !== (pattern === null)) return
  const name = fromBytes(bytes)
  const what = named === null ? 'neither "topics" nor "pattern"' : 'both "topics" and "pattern"'
  say(['sources', name], `${what} in source "${name}"; expected one of them`)
}

/** What holds for the whole group is said once. */
function samePart(first: KafkaSources[number], other: KafkaSources[number], say: Say): void {
  const name = fromBytes(other.name)
  if (
    other.brokers !== null &&
    !sharesCluster({ ...other, topic: '', key: '', encoding: 'json', maxBodyBytes: 1 }, first)
  ) {
    say(
      ['sources', name],
      `source "${name}" has other brokers than "${fromBytes(first.name)}"; expected the same, or none`
    )
  }
  if (other.group !== null && other.group !== first.group) {
    say(
      ['sources', name],
      `source "${name}" has another group than "${fromBytes(first.name)}"; expected the same, or none`
    )
  }
  const { options } = kafkaSource({})
  for (const key of kafkaGroupOptions) {
    sameOption([key], options[key], [first[key], other[key]], (path, what, expected) =>
      say(
        ['sources', name, ...path],
        `wrong value ${what}for "${path.join('.')}" of source "${name}": it holds for the whole group, and "${fromBytes(first.name)}" ${expected}; expected the same, or none`
      )
    )
  }
}

/** A value that is not the first source's is told, unless it is the default: nobody need have given that. */
function sameOption(
  path: readonly string[],
  description: Description | undefined,
  [first, other]: readonly [unknown, unknown],
  tell: (path: readonly string[], what: string, expected: string) => void
): void {
  if (description === undefined) return
  const known = kindOf(description)
  if (known.kind === 'group') {
    const [ofFirst, ofOther] = [first, other] as [CheckedValues, CheckedValues]
    for (const [key, each] of Object.entries(known.description)) {
      sameOption([...path, key], each, [ofFirst[key], ofOther[key]], tell)
    }
  } else if (known.kind === 'value' && other !== first && other !== known.description.default) {
    if (known.description.sensitive) tell(path, '', 'has another one')
    else tell(path, `${shown(other)} `, first === null ? 'has none' : `has ${shown(first)}`)
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${fromBytes(value)}"` : String(value)
}

function login(
  { mechanism, username, password, bearerFile }: KafkaSources[number]['sasl'],
  bytes: string,
  say: Say
): void {
  const name = fromBytes(bytes)
  const complain = (problem: string): void => say([], `wrong "sasl" of "${name}": ${problem}`)
  if (mechanism === null) {
    if (username !== null || password !== null || bearerFile !== null) {
      complain('no "mechanism"; expected plain, scram-sha-256, scram-sha-512 or oauthbearer')
    }
  } else if (mechanism === 'oauthbearer') {
    if (bearerFile === null) complain('no "bearerFile"; expected the file that holds the token')
  } else if (username === null || password === null) {
    complain(`no "${username === null ? 'username' : 'password'}"; expected it with ${mechanism}`)
  }
}

/** What would come back as records. */
function outputs({ sinks, deadLetters, matchOwnAlerts }: StageConfig, sources: KafkaSources, say: Say): void {
  const [first] = sources
  const reads = (topic: string): KafkaSources[number] | undefined =>
    sources.find(
      ({ topics: named, pattern }) =>
        named?.includes(topic) === true ||
        (pattern !== null && new RegExp(fromBytes(pattern), 'u').test(fromBytes(topic)))
    )
  for (const sink of sinks) {
    if (sink.type !== 'kafka' || !sharesCluster(sink, first)) continue
    const source = reads(sink.topic)
    if (
      source?.topics === null ||
      source === undefined ||
      // A raw alert has no attributes by which it could be known.
      (source.codec.type === sink.encoding && sink.encoding !== 'raw') ||
      matchOwnAlerts
    )
      continue
    const name = fromBytes(source.name)
    say(
      ['sources', name],
      `source "${name}" reads the topic "${fromBytes(sink.topic)}", where alerts go, and the codec ${source.codec.type} knows none of them again that are written as ${sink.encoding}; expected another topic${sink.encoding === 'raw' ? '' : `, or the codec ${sink.encoding}`}`
    )
  }
  if (deadLetters?.type !== 'kafka' || !sharesCluster(deadLetters, first)) return
  const fed = reads(deadLetters.topic)
  if (fed === undefined || fed.topics === null) return
  say(
    ['deadLetters', 'topic'],
    `wrong value "${fromBytes(deadLetters.topic)}" for "deadLetters.topic": source "${fromBytes(fed.name)}" reads it; expected another topic`
  )
}
