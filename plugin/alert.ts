/**
 * An alert as it leaves: an OpenTelemetry event record. Strings are byte strings (latin1); who writes it to a format
 * of characters decodes them as UTF-8. Plain data. Source: OpenTelemetry semantic conventions, "Events".
 */
export interface Alert {
  /** `log.record.uid`: a ULID that comes out the same when the same records are processed again. */
  readonly uid: string
  /** Of low cardinality: no text of a record is in it. */
  readonly eventName: string
  /** For display. */
  readonly body: string
  readonly severityNumber: number
  readonly severityText: string
  /** The correlator's second of raising, since Epoch. */
  readonly time: number
  /** Flat; `docs/alert.schema.json` names them. */
  readonly attributes: Readonly<Record<string, AlertAttribute>>
  /** Of the triggering record, or ''. */
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

export type AlertAttribute = string | number | boolean | readonly string[]
