import { alertToJson } from '../adapters/alert-json.ts'
import { createEffects } from '../adapters/effects/effects.ts'
import type { CorrelatorSettings } from '../plugin/core.ts'
import { Correlator } from '../plugin/correlator.ts'
import type { PerlHost } from '../plugin/perl/host.ts'
import type { Effect, Host, LogLevel } from '../plugin/host.ts'
import { replay } from '../plugin/replay/replay.ts'
import { parseTimeline } from '../plugin/replay/timeline.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'

/** A replay, with everything that it needs at hand. Texts are byte strings (latin1). */
export interface ReplayRun {
  readonly timelineName: string
  readonly timeline: string
  readonly files: readonly RuleFileDefinition[]
  readonly settings: CorrelatorSettings
  /** Of `--input`: names and their contexts. */
  readonly inputs: readonly { readonly name: string; readonly context?: string }[]
  readonly internalEvents: boolean
  readonly runPrograms: boolean
  readonly atEnd?: 'keep' | 'fire'
  readonly timeZone: TimeZone
  /** The one that compiled the code of the rule files. */
  readonly perl?: PerlHost | undefined
  /** Hears the seconds of the clock's, for Perl code. */
  readonly onCorrelator?: (correlator: Correlator) => void
  readonly logLevel: LogLevel
  /** Takes what the rules write to standard output; without it, standard output does. */
  readonly stdout?: (data: string) => void
  /** Takes SEC's messages and the programs that were not run. */
  readonly message: (line: string) => void
}

/** Most time that programs may take before the next line comes, as long as `--run-programs` is on. */
const PROGRAM_TIMEOUT_MS = 5000

/** Runs rules over a timeline in virtual time; yields what is remembered at the end. @throws RangeError of the timeline. */
export async function runReplay(run: ReplayRun): Promise<Readonly<Record<string, unknown>>> {
  const timeline = parseTimeline(run.timelineName, run.timeline)
  const log = (level: LogLevel, text: string): void => {
    if (level <= run.logLevel) run.message(text)
  }
  const effects = createEffects({ log })
  const host: Host = {
    logLevel: run.logLevel,
    log,
    effect(effect: Effect) {
      if ('data' in effect && effect.path === '-' && run.stdout !== undefined) run.stdout(effect.data)
      else if (effect.type === 'alert' && run.stdout !== undefined) {
        run.stdout(`${alertToJson(effect.alert)}\n`)
      } else if (effect.type !== 'run' || run.runPrograms) effects.effect(effect)
      else run.message(`not run: ${describe(effect.command)} (${effect.origin})`)
    }
  }
  const correlator = new Correlator({
    files: run.files,
    settings: run.settings,
    host,
    timeZone: run.timeZone,
    perl: run.perl,
    now: timeline.start
  })
  run.onCorrelator?.(correlator)
  const settle = async (): Promise<void> => {
    const deadline = performance.now() + PROGRAM_TIMEOUT_MS
    // What ends may start the next program: a SingleWithScript's actions do.
    do {
      await effects.waitForChildren(deadline - performance.now())
      for (const event of effects.takeChildEvents()) {
        if ('line' in event) correlator.childLine(event.child, event.line, event.pid)
        else correlator.childExit(event.child, event.exitCode)
      }
    } while (effects.runningChildren > 0 && !correlator.hasPendingEvents && performance.now() < deadline)
  }
  await replay({
    timeline,
    correlator,
    internalEvents: run.internalEvents,
    contexts: new Map(
      run.inputs.flatMap(({ name, context }) => (context === undefined ? [] : [[name, context]]))
    ),
    settle: () => (run.runPrograms ? settle() : undefined),
    ...(run.atEnd !== undefined && { atEnd: run.atEnd })
  })
  effects.close()
  return correlator.state()
}

function describe(command: string | readonly string[]): string {
  return typeof command === 'string' ? command : command.join(' ')
}
