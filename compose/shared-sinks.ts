import type { DeadLetter, DeadLetterSink, Sink } from '../plugin/adapter.ts'
import type { Alert } from '../plugin/alert.ts'

/** One after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => {})
    return turn
  }
}

/** A sink that several stages of one process write to: its owner closes it. */
export function sharedSink(sink: Sink): Sink {
  const turns = new Turns()
  let isOpen = false
  return {
    name: sink.name,
    open: signal =>
      turns.take(async () => {
        if (!isOpen) await sink.open?.(signal)
        isOpen = true
      }),
    write: (alerts: readonly Alert[], signal) => turns.take(() => sink.write(alerts, signal)),
    flush: () => turns.take(() => sink.flush()),
    ...(sink.delivered !== undefined && {
      delivered: () => turns.take(async () => (await sink.delivered?.()) ?? new Set<string>())
    }),
    close: () => Promise.resolve()
  }
}

/** As `sharedSink`. */
export function sharedDeadLetters(letters: DeadLetterSink): DeadLetterSink {
  const turns = new Turns()
  return {
    name: letters.name,
    write: (given: readonly DeadLetter[], signal) => turns.take(() => letters.write(given, signal)),
    flush: () => turns.take(() => letters.flush()),
    close: () => Promise.resolve()
  }
}
