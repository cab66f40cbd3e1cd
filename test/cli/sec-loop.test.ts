import { beforeEach, expect, test } from 'vitest'
import type { ChildEvent } from '../../adapters/effects/effects.ts'
import { SecLoop, type SecLoopOptions } from '../../cli/sec-loop.ts'

/** Each call that the loop makes, in order. */
let calls: string[]
let lines: string[]
let pending: string[]
let childEvents: ChildEvent[]
let tail: boolean

beforeEach(() => {
  calls = []
  lines = []
  pending = []
  childEvents = []
  tail = false
})

function createLoop(
  options: Partial<SecLoopOptions> = {},
  onLine: (text: string) => void = () => {}
): SecLoop {
  return new SecLoop({
    correlator: {
      setTime: () => {},
      get hasPendingEvents() {
        return pending.length > 0
      },
      observePending: () => calls.push(`event ${pending.shift()}`),
      observe: ({ text }) => {
        calls.push(`line ${text}`)
        onLine(text)
      },
      passIfDue: () => calls.push('pass'),
      childLine: (child, text, pid) => {
        calls.push(`child ${child} (${pid}) ${text}`)
        pending.push(text)
      },
      childExit: (child, code) => calls.push(`child ${child} exit ${code}`)
    },
    inputs: {
      next: () => {
        const text = lines.shift()
        return text === undefined ? undefined : { text, source: 'input' }
      },
      get atEnd() {
        return lines.length === 0
      },
      waitForInput: () => {
        calls.push('wait')
        return Promise.resolve()
      }
    },
    effects: { takeChildEvents: () => childEvents.splice(0) },
    log: (level, message) => calls.push(`log ${level} ${message.split(' | ')[0]}`),
    now: () => 1000,
    settings: () => ({ pollTimeoutSeconds: 0.1, tail }),
    handleSignals: () => calls.filter(call => call === 'wait').length < 2,
    ...options
  })
}

test('events that a line causes come before the next line, and each has its pass', async () => {
  lines = ['1', '2']
  await createLoop({}, text => pending.push(`of ${text}`)).run()
  expect(calls).toEqual([
    'line 1',
    'pass',
    'event of 1',
    'pass',
    'line 2',
    'pass',
    'event of 2',
    'pass',
    'pass'
  ])
})

test('programs are heard when no event waits', async () => {
  lines = ['1', '2']
  pending = ['a']
  childEvents = [
    { child: 7, pid: 4711, line: 'x' },
    { child: 7, pid: 4711, exitCode: 3 }
  ]
  const loop = createLoop()
  loop.childEventCame()
  await loop.run()
  expect(calls.filter(call => call !== 'pass')).toEqual([
    'event a',
    'child 7 (4711) x',
    'child 7 exit 3',
    'event x',
    'line 1',
    'line 2'
  ])
})

test('a program that ended while the last lines were handled is heard before the end', async () => {
  lines = ['1', '2']
  const loop = createLoop({}, text => {
    if (text !== '1') return
    setImmediate(() => {
      childEvents = [{ child: 7, pid: 4711, exitCode: 0 }]
      loop.childEventCame()
    })
  })
  await loop.run()
  expect(calls.filter(call => call !== 'pass')).toEqual(['line 1', 'line 2', 'child 7 exit 0'])
})

test('with --tail the end of the inputs is waited at, until a signal ends it', async () => {
  tail = true
  lines = ['1']
  await createLoop().run()
  expect(calls).toEqual(['line 1', 'pass', 'pass', 'wait', 'pass', 'wait'])
})

test('a fault in one event is logged and the next ones are handled', async () => {
  lines = ['1', '2']
  await createLoop({}, text => {
    if (text === '1') throw new Error('broken')
  }).run()
  expect(calls).toEqual(['line 1', 'log 2 Internal error: Error: broken', 'line 2', 'pass', 'pass'])
})

test('signals are heard while there are always more lines', async () => {
  let handled = 0
  const loop = createLoop({
    inputs: {
      next: () => ({ text: 'again', source: 'input' }),
      atEnd: false,
      waitForInput: () => Promise.resolve()
    },
    handleSignals: () => ++handled < 3
  })
  await loop.run()
  expect(handled).toBe(3)
})
