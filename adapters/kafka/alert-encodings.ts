import type { Alert } from '../../plugin/alert.ts'
import { alertToJson } from '../alert-json.ts'

/** How an alert is written as the value of a record. */
export interface AlertEncoding {
  readonly contentType: string
  readonly encode: (alert: Alert) => Buffer
}

export const JSON_ENCODING: AlertEncoding = {
  contentType: 'application/json',
  encode: alert => Buffer.from(alertToJson(alert), 'latin1')
}
