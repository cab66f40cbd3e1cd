import { hostname } from 'node:os'
import type { Credentials } from '../adapters/fluent/handshake.ts'
import { FluentSink } from '../adapters/fluent/sink.ts'
import { FluentSource } from '../adapters/fluent/source.ts'
import type { SinkConfig, SourceConfig } from '../config/stage/stage-config.ts'
import type { WallClock } from '../plugin/adapter.ts'
import { compileAlertTemplate } from '../plugin/alert-template.ts'
import { compileTagPattern } from '../plugin/tag-pattern.ts'
import type { AdapterSurroundings } from './adapter-surroundings.ts'

type FluentSourceConfig = Extract<SourceConfig, { readonly type: 'fluent' }>
type FluentSinkConfig = Extract<SinkConfig, { readonly type: 'fluent' }>

export function createFluentSource(
  source: FluentSourceConfig,
  { clock, warn }: Pick<AdapterSurroundings, 'clock' | 'warn'>
): FluentSource {
  const { match, messageTimeout } = source
  const { certificate, key, clientCa } = source.tls
  return new FluentSource({
    ...source,
    tls: certificate === null ? undefined : { certificate, key: key ?? undefined, ca: clientCa ?? undefined },
    credentials: credentialsOf(source, 'correlog-source'),
    match: compileTagPattern(match),
    messageTimeoutMs: messageTimeout * 1000,
    clock,
    warn
  })
}

export function createFluentSink(sink: FluentSinkConfig, clock: WallClock): FluentSink {
  const { name, servers, tag, tls, requireAck, ackTimeout, connectTimeout, recovery } = sink
  return new FluentSink({
    name,
    servers,
    tls: tls.enabled
      ? {
          certificate: tls.certificate ?? undefined,
          key: tls.key ?? undefined,
          ca: tls.ca ?? undefined,
          serverName: tls.serverName ?? undefined
        }
      : undefined,
    credentials: credentialsOf(sink, 'correlog-sink'),
    tag: compileAlertTemplate(tag, partOfTag),
    requireAck,
    ackTimeoutMs: ackTimeout * 1000,
    connectTimeoutMs: connectTimeout * 1000,
    recoveryMs: recovery * 1000,
    clock
  })
}

/** Both sides may be on the same machine, and must not have the same name. */
function credentialsOf(
  { sharedKey, user, password, hostname: own }: FluentSourceConfig | FluentSinkConfig,
  role: string
): Credentials | undefined {
  if (sharedKey === null) return undefined
  return {
    hostname: own ?? `${role}.${hostname()}`,
    sharedKey,
    user: user ?? undefined,
    password: password ?? undefined
  }
}

/** A dot would begin another part, and Fluentd's patterns take `*`, `{` and the like for more than themselves. */
function partOfTag(value: string): string {
  return value.replace(/[^A-Za-z0-9_-]/g, '_') || '_'
}
