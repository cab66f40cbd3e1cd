import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { AlertRecords } from '../otlp/alert-records.ts'
import type { AlertEncoding } from './alert-encodings.ts'

/** What the Collector's Kafka receiver calls otlp_json, otlp_proto and raw: a request with one record, or the body alone. */
export type CollectorEncodingName = 'otlp-json' | 'otlp-proto' | 'raw'

const RAW_ENCODING: AlertEncoding = {
  contentType: 'text/plain',
  encode: ({ body }) => Buffer.from(body, 'latin1')
}

/** `application`, a byte string, and `version` are the resource's and the scope's in OTLP. */
export function collectorEncoding(
  name: CollectorEncodingName,
  application: string,
  version: string
): AlertEncoding {
  switch (name) {
    case 'raw':
      return RAW_ENCODING
    case 'otlp-json':
      return otlpEncoding('application/json', JsonLogsSerializer, application, version)
    case 'otlp-proto':
      return otlpEncoding('application/x-protobuf', ProtobufLogsSerializer, application, version)
  }
}

function otlpEncoding(
  contentType: string,
  serializer: typeof JsonLogsSerializer,
  application: string,
  version: string
): AlertEncoding {
  const records = new AlertRecords(application, version)
  return {
    contentType,
    encode: alert => Buffer.from(serializer.serializeRequest([...records.of([alert])]) ?? [])
  }
}
