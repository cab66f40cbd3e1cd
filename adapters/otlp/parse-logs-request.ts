import { readOtlpJson, StructureFault } from '../codecs/otlp-json.ts'
import { parseJsonText } from '../codecs/json-text.ts'
import { type LogsRequest, type RequestContext, RequestFault } from './logs-request.ts'

/** ExportLogsServiceRequest in JSON. @throws RequestFault */
export function parseLogsRequest(bytes: Buffer, context: RequestContext): LogsRequest {
  const parsed = parseJsonText(bytes.toString('latin1'))
  if (!('value' in parsed)) throw new RequestFault(parsed.reason)
  const request: LogsRequest = { records: [], dead: [] }
  const { source } = context
  try {
    readOtlpJson(
      parsed.value,
      'the request',
      { tag: '', ...context },
      request.records,
      ({ id, reason, value }) => {
        request.dead.push({
          id,
          source,
          reason,
          code: 'otlp-record',
          value: JSON.stringify(value)
        })
      }
    )
  } catch (error) {
    if (!(error instanceof StructureFault)) throw error
    throw new RequestFault(error.message, error)
  }
  return request
}
