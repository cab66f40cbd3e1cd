import type { TlsFiles } from '../adapters/tls-files.ts'
import { OtlpSource } from '../adapters/otlp/source.ts'
import type { OtlpSourceConfig } from '../config/stage/otlp-types.ts'
import type { ServerTlsConfig } from '../config/stage/tls-options.ts'
import type { Source } from '../plugin/adapter.ts'
import type { AdapterSurroundings } from './adapters.ts'

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

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
  return { host, port: Number(port) }
}

function serverTls({ certificate, key, clientCa }: ServerTlsConfig): TlsFiles | undefined {
  if (certificate === null) return undefined
  return { certificate, key: key ?? undefined, ca: clientCa ?? undefined }
}
