import type { Correlator } from '../correlator.ts'
import { OpenTimers } from '../time/open-timers.ts'
import type { Timeline } from './timeline.ts'

export interface ReplayOptions {
  readonly timeline: Timeline
  readonly correlator: Correlator
  /** Announces start and end by SEC_STARTUP and SEC_SHUTDOWN. */
  readonly internalEvents: boolean
  /** Input name → the context that its lines have; names that are missing have the default one. */
  readonly contexts: ReadonlyMap<string, string>
  /**
   * Waits for the programs that run and delivers their output and exits to the correlator. Called before each line:
   * programs take no virtual time. `undefined`: no program can run.
   */
  readonly settle: () => Promise<void> | undefined
  /** Whether the timers that are open at the end of the timeline run; by default, and in SEC, they don't. */
  readonly atEnd?: 'keep' | 'fire'
}

/** SEC has its pass in each second, however many there are. */
const NO_LIMITS = { mostCalendarMinutes: Infinity }

/**
 * Drives a correlator through a timeline in virtual time: every whole second between two stamps has its timer pass.
 * The steps are those of SEC's main loop.
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const { timeline, correlator } = options
  correlator.setTime(timeline.start)
  if (options.internalEvents) correlator.internalEvent('SEC_STARTUP')
  correlator.passIfDue()
  for (const { time, text, source } of timeline.steps) {
    if (time !== undefined) await advance(options, source, time)
    else await handleEvents(options)
    if (text !== undefined) {
      const context = options.contexts.get(source)
      correlator.observe({ text, source, ...(context !== undefined && { context }) })
    }
    correlator.passIfDue()
  }
  await handleEvents(options)
  if (options.atEnd === 'fire') await runOpenTimers(options)
  if (options.internalEvents) correlator.internalEvent('SEC_SHUTDOWN')
}

async function advance(options: ReplayOptions, source: string, time: number): Promise<void> {
  await walk(options, options.correlator.advancing(source, time, NO_LIMITS))
}

async function runOpenTimers(options: ReplayOptions): Promise<void> {
  await walk(options, new OpenTimers(options.correlator))
}

/** Programs that a pass starts are heard before the next one. */
async function walk(options: ReplayOptions, way: { step(): boolean }): Promise<void> {
  do {
    await handleEvents(options)
  } while (way.step())
}

/** Handles the synthetic events that wait and those that programs bring, until there are none. */
async function handleEvents({ correlator, settle }: ReplayOptions): Promise<void> {
  for (;;) {
    while (correlator.hasPendingEvents) {
      correlator.observePending()
      correlator.passIfDue()
    }
    const settled = settle()
    if (settled !== undefined) await settled
    if (!correlator.hasPendingEvents) return
    correlator.passIfDue()
  }
}
