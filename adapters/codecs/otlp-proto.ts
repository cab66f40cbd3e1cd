import { RequestFault } from '../otlp/logs-request.ts'
import { readLogsRequest } from '../otlp/read-logs-request.ts'
import { type Codec, giveUp } from './codec.ts'

/**
 * OTLP in protobuf: an ExportLogsServiceRequest (or LogsData, which looks the same) is a value, with any number of
 * records. It has no ends of lines, so it is nothing for files. A damaged record is dead, and those around it live.
 */
export const otlpProtoCodec: Codec = (bytes, context, into) => {
  try {
    const { records, dead } = readLogsRequest(Buffer.from(bytes, 'latin1'), context)
    for (const record of records) into.records.push(record)
    for (const letter of dead) into.dead.push(letter)
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error
    giveUp(into, context, bytes, 'otlp-protobuf', error.message)
  }
}
