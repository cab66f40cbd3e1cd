/** Records that a request of OTLP may hold: of an empty one, two bytes long, a hundred times as much is made. */
export const MOST_RECORDS = 1024 * 1024
