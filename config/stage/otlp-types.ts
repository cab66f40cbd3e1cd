import type { PartType, Schema, ValueDescription } from './description.ts'
import {
  type ClientTlsConfig,
  clientTlsOptions,
  type ServerTlsConfig,
  serverTlsOptions
} from './tls-options.ts'

const token = (doc: string): ValueDescription => ({
  doc,
  format: 'text',
  default: null,
  nullable: true,
  sensitive: true
})

/** @param everySource - what rules see of its records */
export function otlpSource(doc: string, address: string, everySource: Schema): PartType {
  return {
    doc,
    location: 'address',
    hasAddress: true,
    options: {
      address: { doc: 'Where to listen.', format: 'host and port', default: address },
      ...everySource,
      tls: serverTlsOptions,
      token: token('The bearer token that every request must bring (Authorization: Bearer …).'),
      maxRequestBytes: {
        doc: 'A longer request, decompressed, is refused for good. As many bytes may wait to be processed; then senders are told to come again.',
        format: 'positive count',
        default: 67_108_864
      },
      maxConnections: {
        doc: 'Connections beyond so many are refused.',
        format: 'positive count',
        default: 10_000
      },
      answerWithin: {
        doc: "What takes longer to be settled is answered with UNAVAILABLE or 503, so that its sender comes again; it goes on meanwhile. Less than the sender waits, which for the Collector's gRPC exporter is five seconds.",
        format: 'positive seconds',
        default: 3
      }
    }
  }
}

export interface OtlpSourceConfig {
  readonly type: 'otlp' | 'otlp+http'
  readonly address: string
  readonly tls: ServerTlsConfig
  readonly token: string | null
  readonly maxRequestBytes: number
  readonly maxConnections: number
  readonly answerWithin: number
}

const everySink: Schema = {
  tls: clientTlsOptions,
  token: token('The bearer token to bring (Authorization: Bearer …).'),
  compression: {
    doc: 'How requests are compressed.',
    format: ['gzip', 'none'],
    default: 'gzip'
  },
  timeout: {
    doc: 'How long an answer may take; then the alerts are sent again.',
    format: 'positive seconds',
    default: 10
  }
}

/** Of a sink that sends OTLP over gRPC. */
export const otlpSink: PartType = {
  doc: 'An OpenTelemetry Collector, or what else takes logs by OTLP over gRPC: see otlp.md.',
  location: 'address',
  hasAddress: true,
  options: {
    address: { doc: 'Where it listens.', format: 'host and port', default: '127.0.0.1:4317' },
    ...everySink
  }
}

/** Of a sink that sends OTLP over HTTP. */
export const otlpHttpSink: PartType = {
  doc: 'An OpenTelemetry Collector, or what else takes logs by OTLP over HTTP: see otlp.md.',
  location: 'address',
  hasAddress: true,
  options: {
    address: { doc: 'Where it listens.', format: 'host and port', default: '127.0.0.1:4318' },
    path: { doc: 'Where on it logs go.', format: 'text', default: '/v1/logs' },
    encoding: { doc: 'How requests are written.', format: ['protobuf', 'json'], default: 'protobuf' },
    ...everySink
  }
}

interface EverySinkConfig {
  readonly address: string
  readonly tls: ClientTlsConfig
  readonly token: string | null
  readonly compression: 'gzip' | 'none'
  readonly timeout: number
}

export type OtlpSinkConfig =
  | ({ readonly type: 'otlp' } & EverySinkConfig)
  | ({
      readonly type: 'otlp+http'
      readonly path: string
      readonly encoding: 'protobuf' | 'json'
    } & EverySinkConfig)
