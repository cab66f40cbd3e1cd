import type { StateChanges } from '../../../plugin/adapter.ts'
import type { Alert } from '../../../plugin/alert.ts'
import type { InputLine } from '../../../plugin/event.ts'
import type { CorrelatorStart, StageCorrelator } from '../../../plugin/stage/stage-correlator.ts'

/**
 * Rules that make each loss and each repetition visible: a line raises an alert with its number since the beginning of
 * the state; `open NAME` raises another three seconds later, at a pass.
 */
export function countingRules({ host, state, now }: CorrelatorStart): StageCorrelator {
  const entries = new Map<string, string>(state)
  let set = new Map<string, string>()
  let deleted: string[] = []
  let seconds = now ?? Number(state?.get('now') ?? 0)
  let isStarted = seconds > 0
  let lastPass: number | undefined
  const put = (key: string, value: string): void => {
    entries.set(key, value)
    set.set(key, value)
  }
  const raise = (body: string): void => host.effect({ type: 'alert', alert: alertOf(body, seconds) })
  const pass = (): void => {
    lastPass = seconds
    for (const [key, due] of entries) {
      if (!key.startsWith('timer/') || Number(due) > seconds) continue
      entries.delete(key)
      set.delete(key)
      deleted.push(key)
      raise(`due ${key.slice('timer/'.length)}`)
    }
  }
  return {
    get now() {
      return seconds
    },
    hasPendingEvents: false,
    setTime: to => {
      seconds = to
    },
    observePending: () => {},
    observe: ({ text }: InputLine) => {
      const count = Number(entries.get('count') ?? 0) + 1
      put('count', String(count))
      raise(`${count} ${text}`)
      if (text.startsWith('open ')) put(`timer/${text.slice('open '.length)}`, String(seconds + 3))
    },
    internalEvent: name => raise(name),
    childLine: () => {},
    childExit: () => {},
    passIfDue: () => {
      if (lastPass !== seconds) pass()
    },
    pass,
    /** Passes are made at every second between. */
    advancing: (_input, to) => ({
      step: () => {
        if (seconds >= to) return false
        if (!isStarted) seconds = to - 1
        isStarted = true
        seconds++
        if (seconds < to) pass()
        put('now', String(seconds))
        return true
      }
    }),
    runOpenTimers: () => {
      for (const [key, due] of entries) {
        if (!key.startsWith('timer/')) continue
        seconds = Math.max(seconds, Number(due))
        pass()
      }
    },
    forgetPrograms: () => 0,
    changes: (): StateChanges => {
      const changes = { set, deleted }
      set = new Map()
      deleted = []
      return changes
    }
  }
}

function alertOf(body: string, seconds: number): Alert {
  return {
    uid: `${body} @${seconds}`,
    eventName: 'test',
    body,
    severityNumber: 9,
    severityText: 'INFO',
    time: seconds,
    attributes: {},
    traceId: '',
    spanId: '',
    traceFlags: 0
  }
}
