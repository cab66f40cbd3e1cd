import type { Host } from './host.ts'

/** One log line for a fault of ours, which must not end the handling of what comes after it. */
export function faultMessage(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `Internal error: ${text.replaceAll('\n', ' | ')}`
}

/** Runs one expiry or the like. A fault of ours must not keep from being done what is due beside it. */
export function guarded(host: Host, run: () => void): void {
  try {
    run()
  } catch (error) {
    host.log(2, faultMessage(error))
  }
}
