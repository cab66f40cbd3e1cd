import { onTestFinished } from 'vitest'
import { type ChildEvent, createEffects } from '../../../adapters/effects/effects.ts'
import type { RunEffect } from '../../../plugin/host.ts'

/** Effects with their messages as `LEVEL TEXT`, process ids and the test's directory left out. */
export function carryOut(directory = '/no directory') {
  const messages: string[] = []
  const effects = createEffects({
    log: (level, message) =>
      messages.push(
        `${level} ${message.replaceAll(`${directory}/`, '').replace(/(Child|process) \d+/, '$1 N')}`
      )
  })
  onTestFinished(() => {
    effects.terminateChildren()
    effects.close()
  })
  let children = 0
  const start = (command: RunEffect['command'], given: Partial<RunEffect> = {}): void => {
    effects.effect({
      type: 'run',
      child: ++children,
      command,
      output: 'events',
      origin: 'spawn',
      ...given
    })
  }
  return {
    effects,
    messages,
    start,
    /** Starts a program and waits; gives its lines, then its exit code. */
    run: async (
      command: RunEffect['command'],
      given: Partial<RunEffect> = {}
    ): Promise<(string | number)[]> => {
      start(command, given)
      await effects.waitForChildren(20_000)
      return [...effects.takeChildEvents()].map(outcome)
    }
  }
}

export function outcome(event: ChildEvent): string | number {
  return 'line' in event ? event.line : event.exitCode
}
