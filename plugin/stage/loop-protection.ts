import type { LogRecord } from '../record.ts'

/** The attribute by which an alert that comes back as a record is recognised. */
const APPLICATION_ATTRIBUTE = 'correlog.application'

/** Whether a record is an alert of this application's own: matched again, it could feed itself for ever. */
export function isOwnAlert(record: LogRecord, application: string): boolean {
  if (record.late?.mayHaveAttribute(APPLICATION_ATTRIBUTE) === false) return false
  return record.attributes[APPLICATION_ATTRIBUTE] === application
}
