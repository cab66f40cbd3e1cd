/** How grave an alert is, in OpenTelemetry's terms. */
export interface Severity {
  /** 1 to 24. */
  readonly number: number
  readonly text: string
}

/** The words of rules, and what they are in OpenTelemetry. Source: OpenTelemetry, "Logs Data Model", Appendix B (syslog). */
const WORDS: ReadonlyMap<string, Severity> = new Map([
  ['trace', { number: 1, text: 'TRACE' }],
  ['debug', { number: 5, text: 'DEBUG' }],
  ['info', { number: 9, text: 'INFO' }],
  ['notice', { number: 10, text: 'NOTICE' }],
  ['warn', { number: 13, text: 'WARN' }],
  ['warning', { number: 13, text: 'WARN' }],
  ['error', { number: 17, text: 'ERROR' }],
  ['critical', { number: 18, text: 'CRITICAL' }],
  ['alert', { number: 19, text: 'ALERT' }],
  ['emergency', { number: 21, text: 'EMERGENCY' }],
  ['fatal', { number: 21, text: 'FATAL' }]
])

const RANGES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** A severity as a rule writes it: one of the words, in small letters, or a number from 1 to 24. */
export function parseSeverity(text: string): Severity | undefined {
  const word = WORDS.get(text)
  if (word !== undefined || !/^(?:[1-9]|1[0-9]|2[0-4])$/.test(text)) return word
  const number = Number(text)
  // OpenTelemetry's short names: TRACE, TRACE2, TRACE3, TRACE4, DEBUG …
  const step = (number - 1) % 4
  return { number, text: `${RANGES[Math.floor((number - 1) / 4)]}${step === 0 ? '' : step + 1}` }
}
