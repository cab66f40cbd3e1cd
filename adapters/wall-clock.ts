import { setImmediate as nextTurn } from 'node:timers/promises'
import type { WallClock } from '../plugin/adapter.ts'

/** A timer can't run longer: 24.8 days. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The machine's clock, timers and random numbers. */
export const wallClock: WallClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  delay: (ms, signal) => delay(ms, signal, () => {}),
  yield: () => nextTurn(),
  random: () => Math.random()
}

/** The same, whose timers do not keep the process running. */
export const backgroundClock: WallClock = {
  ...wallClock,
  delay: (ms, signal) => delay(ms, signal, timer => timer.unref())
}

function delay(
  ms: number,
  signal: AbortSignal | undefined,
  prepare: (timer: NodeJS.Timeout) => void
): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, MAX_DELAY_MS))
    prepare(timer)
    signal?.addEventListener('abort', end)
  })
}
