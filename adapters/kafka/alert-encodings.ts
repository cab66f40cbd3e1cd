import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import type { Alert } from '../../plugin/alert.ts'
import { alertToJson } from '../alert-json.ts'
import { AlertRecords } from '../otlp/alert-records.ts'

/** How an alert is written as the value of a record. */
export interface AlertEncoding {
  readonly contentType: string
  readonly encode: (alert: Alert) => Buffer
}

/**
 * `otlp-json`, `otlp-proto` and `raw` are what the Collector's Kafka receiver calls otlp_json, otlp_proto and raw: a request
 * with one record, or the body alone.
 */
export type AlertEncodingName = 'json' | 'otlp-json' | 'otlp-proto' | 'raw'

export const JSON_ENCODING: AlertEncoding = {
  contentType: 'application/json',
  encode: alert => Buffer.from(alertToJson(alert), 'latin1')
}

const RAW_ENCODING: AlertEncoding = {
  contentType: 'text/plain',
  encode: ({ body }) => Buffer.from(body, 'latin1')
}

/** `application`, a byte string, and `version` are the resource's and the scope's in OTLP. */
export function alertEncoding(name: AlertEncodingName, application: string, version: string): AlertEncoding {
  switch (name) {
    case 'json':
      return JSON_ENCODING
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
