/**
 * Severity numbers by the names that logs give them, in small letters. Source: OpenTelemetry specification, "Logs Data
 * Model" and its appendix B.
 */
const BY_NAME: ReadonlyMap<string, number> = new Map([
  ['trace', 1],
  ['verbose', 1],
  ['debug', 5],
  ['info', 9],
  ['information', 9],
  ['informational', 9],
  ['notice', 10],
  ['warn', 13],
  ['warning', 13],
  ['err', 17],
  ['error', 17],
  ['severe', 17],
  ['crit', 18],
  ['critical', 18],
  ['alert', 19],
  ['emerg', 21],
  ['emergency', 21],
  ['panic', 21],
  ['fatal', 21]
])

/** The severity number of a severity's name, such as `WARN` or `Error2`; 0 if it is none that is known. */
export function severityNumberOf(text: string): number {
  const name = text.toLowerCase()
  const known = BY_NAME.get(name)
  if (known !== undefined) return known
  const [, base = '', step] = /^(trace|debug|info|warn|error|fatal)([1-4])$/.exec(name) ?? []
  return step === undefined ? 0 : (BY_NAME.get(base) ?? 0) + Number(step) - 1
}
