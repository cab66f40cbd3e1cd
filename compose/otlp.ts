import type { ClientTls } from '../adapters/otlp/client-options.ts'
import { OtlpSink } from '../adapters/otlp/sink.ts'
import { OtlpSource } from '../adapters/otlp/source.ts'
import type { TlsFiles } from '../adapters/tls-files.ts'
import type { OtlpSinkConfig, OtlpSourceConfig } from '../config/stage/otlp-types.ts'
import type { ClientTlsConfig, ServerTlsConfig } from '../config/stage/tls-options.ts'
import type { Sink, Source } from '../plugin/adapter.ts'
import type { AdapterSurroundings } from './adapter-surroundings.ts'
import { version } from './version.ts'

export function createOtlpSource(
  source: OtlpSourceConfig & { readonly name: string },
  { clock, inform, warn }: Pick<AdapterSurroundings, 'clock' | 'inform' | 'warn'>
): Source {
  const { name, type, address, tls, token, maxRequestBytes, maxConnections, answerWithin } = source
  return new OtlpSource({
    name,
    protocol: type === 'otlp' ? 'grpc' : 'http',
    ...hostAndPort(address),
    tls: serverTls(tls),
    token: token ?? undefined,
    maxRequestBytes,
    maxConnections,
    answerWithinMs: answerWithin * 1000,
    clock,
    onListening: listening => inform('listening', { source: name, address: listening }),
    warn: (message, fields) => warn(message, { source: name, ...fields })
  })
}

export function createOtlpSink(
  sink: OtlpSinkConfig & { readonly name: string },
  application: string,
  { clock, warn }: Pick<AdapterSurroundings, 'clock' | 'warn'>
): Sink {
  const { name, type, address, tls, token, compression, timeout } = sink
  const http = type === 'otlp+http' ? sink : { path: '', encoding: 'protobuf' as const }
  return new OtlpSink({
    name,
    protocol: type === 'otlp' ? 'grpc' : 'http',
    ...hostAndPort(address),
    path: http.path,
    encoding: http.encoding,
    tls: clientTls(tls),
    token: token ?? undefined,
    compression,
    timeoutMs: timeout * 1000,
    application,
    version,
    clock,
    warn
  })
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
  return { host, port: Number(port) }
}

function serverTls({ certificate, key, clientCa }: ServerTlsConfig): TlsFiles | undefined {
  if (certificate === null) return undefined
  return { certificate, key: key ?? undefined, ca: clientCa ?? undefined }
}

function clientTls({ enabled, ca, certificate, key, serverName }: ClientTlsConfig): ClientTls | undefined {
  if (!enabled) return undefined
  return {
    ca: ca ?? undefined,
    certificate: certificate ?? undefined,
    key: key ?? undefined,
    serverName: serverName ?? undefined
  }
}
