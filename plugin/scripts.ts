import type { Cause } from './alerts/cause.ts'
import type { Evidence } from './alerts/evidence.ts'
import type { MatchBinding } from './patterns/match-variables.ts'
import { TrackedMap } from './state/tracked-map.ts'

/** A program of a SingleWithScript rule whose exit is awaited. Plain data. */
export interface AwaitedScript {
  readonly rule: number
  readonly description: string
  readonly captured: MatchBinding | undefined
  /** Why it was started, and the event that did, where causes are kept. */
  readonly cause?: Cause | undefined
  readonly evidence?: Evidence | undefined
}

/** Programs that run for the rules: scripts whose exit is awaited, and those whose output becomes events. */
export class Scripts {
  readonly awaited = new TrackedMap<number, AwaitedScript>()
  /** The internal context of the events that each program prints. */
  readonly eventContexts = new TrackedMap<number, string>()

  awaitExit(child: number, script: AwaitedScript): void {
    this.awaited.set(child, script)
  }

  takeAwaited(child: number): AwaitedScript | undefined {
    const script = this.awaited.get(child)
    this.awaited.delete(child)
    return script
  }

  /** Names the internal context of the events that a program prints. */
  readEvents(child: number, context: string): void {
    this.eventContexts.set(child, context)
  }

  eventContext(child: number): string | undefined {
    return this.eventContexts.get(child)
  }

  /** Forgets a program that ended. */
  forget(child: number): void {
    this.eventContexts.delete(child)
  }

  /**
   * For other rules: programs go on, and the exits of those whose rule `ruleNow` finds again are awaited. What they
   * print becomes the same events as before.
   */
  keep(ruleNow: (rule: number) => number | undefined): void {
    for (const [child, script] of this.awaited) {
      const rule = ruleNow(script.rule)
      if (rule === undefined) this.awaited.delete(child)
      else this.awaited.set(child, { ...script, rule })
    }
  }

  clear(): void {
    this.awaited.clear()
    this.eventContexts.clear()
  }
}
