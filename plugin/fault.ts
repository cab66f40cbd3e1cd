/** One log line for a fault of ours, which must not end the handling of what comes after it. */
export function faultMessage(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `Internal error: ${text.replaceAll('\n', ' | ')}`
}
