/** What a stage has done since its start: plain numbers that only grow, but for those under `inFlight`. */
export interface StageCounters {
  /** Records taken in, by source. */
  readonly records: Readonly<Record<string, number>>
  /** Batches taken in, by source. */
  readonly batches: Readonly<Record<string, number>>
  /** Records and lines that no rule saw, by reason: `own-alert`, `duplicate-request`, a codec's code, or a source's reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** In record time: records by where their time was found, or why it was not taken. */
  readonly times: Readonly<Record<string, number>>
  readonly alerts: number
  /** Alerts delivered, by sink. */
  readonly delivered: Readonly<Record<string, number>>
  /** Alerts that stood in a sink already after a restart, by sink. */
  readonly alreadyDelivered: Readonly<Record<string, number>>
  /** Alerts that a sink refused for good, by sink. */
  readonly refused: Readonly<Record<string, number>>
  /** Dead letters written. */
  readonly deadLetters: number
  /** Dead letters for which there is no place: they are gone. */
  readonly deadLettersLost: number
  /** Attempts of sinks, the checkpoint and dead letters that failed and were made again, by component. */
  readonly retries: Readonly<Record<string, number>>
  readonly checkpoints: number
  /** Milliseconds since Epoch of the last one; 0: none. */
  readonly lastCheckpointAt: number
  /** How long it took to make the last one durable, its retries included, in milliseconds. */
  readonly lastCheckpointMs: number
  /** Notes of arrival that could not be kept. */
  readonly notesLost: number
  /** Acks that failed. */
  readonly acksFailed: number
  /** Records taken in and not acknowledged. */
  readonly inFlightRecords: number
  /** Bytes of alerts raised and not delivered. */
  readonly inFlightAlertBytes: number
}

/** The counters as the stage's parts write them. */
export type CounterRecord = {
  -readonly [Name in keyof StageCounters]: StageCounters[Name] extends number
    ? number
    : Record<string, number>
}

export function newCounters(): CounterRecord {
  return {
    records: byName(),
    batches: byName(),
    dropped: byName(),
    times: byName(),
    alerts: 0,
    delivered: byName(),
    alreadyDelivered: byName(),
    refused: byName(),
    deadLetters: 0,
    deadLettersLost: 0,
    retries: byName(),
    checkpoints: 0,
    lastCheckpointAt: 0,
    lastCheckpointMs: 0,
    notesLost: 0,
    acksFailed: 0,
    inFlightRecords: 0,
    inFlightAlertBytes: 0
  }
}

/** Names are the user's: `constructor` is one of them, and nothing else. */
function byName(): Record<string, number> {
  return Object.create(null) as Record<string, number>
}

export function count(counters: Record<string, number>, name: string, by: number = 1): void {
  counters[name] = (counters[name] ?? 0) + by
}
