import { ActionVariables } from './action-variables.ts'
import { everyAction } from './actions/every-action.ts'
import { ActionScope } from './actions/scope.ts'
import { Alerting } from './alerts/alerting.ts'
import { because, type Cause, furtherCause, timerCause } from './alerts/cause.ts'
import { emitAlert } from './alerts/raise.ts'
import { ALERTS_WITHOUT_STAGE } from './alerts/settings.ts'
import { type Context, ContextStore } from './contexts/store.ts'
import { type Core, type CorrelatorSettings, debug } from './core.ts'
import type { Event, InputLine } from './event.ts'
import { faultMessage } from './fault.ts'
import { GrowthWatch } from './growth.ts'
import type { StateChanges } from './adapter.ts'
import type { Host } from './host.ts'
import { type InputBuffer, InputBuffers } from './input-buffers.ts'
import { type Operation, OperationStore } from './operations.ts'
import { type MatchCache, type MatchVariables, NO_BINDINGS } from './patterns/match-variables.ts'
import { compileRules, longestPattern } from './rules/compile.ts'
import type { RuleFileDefinition } from './rules/definition.ts'
import type { LogRecord } from './record.ts'
import { ruleTypes } from './rules/registry.ts'
import { CalendarRules } from './rules/calendar-rules.ts'
import type { CalendarOutcome, Rule, RuleFile, RuleSet, RuleType } from './rules/rule.ts'
import { RuleUsage } from './rule-usage.ts'
import { Scripts } from './scripts.ts'
import type { Dropped } from './state/dropped.ts'
import type { Head } from './state/head.ts'
import { StateKeeper } from './state/keeper.ts'
import { fillStores } from './state/restore.ts'
import { readState } from './state/restored.ts'
import { readableState } from './state/readable-state.ts'
import { TrackedMap } from './state/tracked-map.ts'
import { DEFAULT_EVENT_CONTEXT, SyntheticEvents } from './synthetic-events.ts'
import { Advance, type AdvanceLimits } from './time/advance.ts'
import { Clock } from './time/clock.ts'
import { OpenTimers } from './time/open-timers.ts'
import { passBefore, passFrom, type PassSeconds } from './time/pass-seconds.ts'
import type { TimeZone } from './time/time-zone.ts'

export interface CorrelatorOptions {
  readonly files: readonly RuleFileDefinition[]
  readonly settings: CorrelatorSettings
  readonly host: Host
  readonly timeZone: TimeZone
  /** Seconds since Epoch; `undefined`: the first `advance` sets the clock. */
  readonly now: number | undefined
  /** SEC_STARTUP announces the start that the first `advance` makes. */
  readonly startupEvent?: boolean
  /** Whether `changes` will be asked for; without it nothing is remembered for it. */
  readonly trackChanges?: boolean
  /** A state that `snapshot` or `changes` gave: it goes on from there, and the clock too. Other keys may be among it. */
  readonly restore?: ReadonlyMap<string, string> | undefined
}

const INTERNAL_EVENT_CONTEXT = 'SEC_INTERNAL_EVENT'

/**
 * SEC's correlation: lines, clock and what programs print go in, effects come out by the host, in SEC's order.
 * Synchronous and deterministic: the same inputs at the same seconds give the same effects. What the inputs hold never
 * makes it throw: a fault is logged, and ends no more than the matching or the expiry that it came up in.
 *
 * The host drives it as SEC's main loop does: `setTime`; then `observePending` while `hasPendingEvents`, else
 * `observe` a line; then `passIfDue`. In record time `advance` stands for `setTime` and `observePending`.
 */
export class Correlator implements Core {
  readonly host: Host
  readonly timeZone: TimeZone
  readonly variables: ActionVariables
  readonly contexts = new ContextStore()
  readonly operations = new OperationStore(operation => this.#deadlineOf(operation))
  readonly events = new SyntheticEvents()
  readonly scripts = new Scripts()
  readonly lastMinutes = new TrackedMap<string, string>()
  settings: CorrelatorSettings
  ruleSet: RuleSet
  /** Of the rules since they were loaded. */
  usage: RuleUsage
  buffers: InputBuffers
  alerting: Alerting | undefined
  record: LogRecord | undefined
  cache: MatchCache = {}
  eventContext: string | undefined
  now: number
  calendar: CalendarRules
  /** Minutes in which Calendar rules did not act, for `advance` went by too many of them at once. */
  leftOutMinutes = 0
  /** How many programs were not run, since the stage allows none. */
  programsNotRun = 0
  /** Contexts and operations that came to their end, and scheduled events that came, in timer passes. */
  timersRun = 0
  /** What was not restored, since its rule has changed or is gone. */
  readonly dropped: readonly Dropped[] = []
  readonly #bufferBySource = new TrackedMap<string, InputBuffer>()
  readonly #keeper: StateKeeper
  /** The age of internal contexts, in SEC, is that of the process; HUP does not change it. */
  #started: number | undefined
  readonly #startupEvent: boolean
  /** How far each input has come in record time. */
  readonly #clock = new Clock()
  /** Counts all that has happened and may change what a pass does; at the beginning of the last pass it was `#seen`. */
  #activity = 0
  #seen = -1
  #lastPass: number | undefined
  #children = 0
  /** Sets whose rules are being tried, outermost first: a Jump back into one of them is a loop. */
  readonly #activeSets: string[] = []
  readonly #reportedNotYet = new Set<string>()
  /** Rules of which was said that their programs do not run. */
  readonly #reportedPrograms = new Set<number>()
  readonly #reportedFaults = new Set<string>()
  readonly #growth = new GrowthWatch()

  /** @throws StateError of a state that can't be restored. */
  constructor(options: CorrelatorOptions) {
    const { files, settings, host, timeZone, now, startupEvent, trackChanges = false, restore } = options
    this.host = host
    this.timeZone = timeZone
    this.now = now ?? 0
    this.#started = now
    this.#startupEvent = startupEvent ?? false
    this.variables = new ActionVariables(timeZone)
    this.settings = settings
    this.ruleSet = compileRules(files)
    this.usage = new RuleUsage(this.ruleSet.rules.length)
    this.calendar = new CalendarRules(this.ruleSet, timeZone, this.lastMinutes)
    this.#keeper = new StateKeeper(this, this.#bufferBySource, () => this.#head())
    const state = restore && readState(restore, this.ruleSet)
    if (restore !== undefined && state !== undefined) {
      const { head } = state
      this.now = head.now
      this.#started = head.started
      this.#clock.restore(head.clock)
      this.#lastPass = head.lastPass
      this.#children = head.children
      this.cache = state.cache
      this.dropped = state.dropped
      fillStores(this, this.#bufferBySource, state)
      if (trackChanges) this.#keeper.track({ entries: restore, state })
    } else if (trackChanges) this.#keeper.track()
    this.buffers = this.#createBuffers(state?.head)
    this.alerting = this.#createAlerting(state?.head.inputs)
  }

  /** Sets the clock (seconds since Epoch). Nothing runs. */
  setTime(seconds: number): void {
    this.now = seconds
  }

  /**
   * An input has come to a second (since Epoch), in record time: the clock goes there, if it is not there or further
   * already, and all happens that is to happen on the way. A record of the input is to be observed after this, and
   * then a pass made if it is due. The first time the clock is set, without catching up.
   */
  advance(input: string, seconds: number, limits?: AdvanceLimits): void {
    const advance = this.advancing(input, seconds, limits)
    while (advance.step()) {}
  }

  /** Whether the clock has been set. */
  get hasBegun(): boolean {
    return this.#started !== undefined
  }

  /** The same step by step, to be gone to its end before anything else is done. */
  advancing(input: string, seconds: number, limits?: AdvanceLimits): Advance {
    this.#clock.hear(input, seconds)
    if (this.#started === undefined) this.#start(seconds)
    return new Advance(this, Math.max(this.#clock.now, this.now), limits)
  }

  /**
   * The first second after now and before `limit` whose pass has something to do, or may have, if the clock stands at
   * every second until then; `undefined`: there is none.
   */
  nextPassBefore(limit: number): number | undefined {
    const passes = this.#passSeconds
    const first = passFrom(passes, 0)
    if (first >= limit) return undefined
    // What has happened since the last pass began is seen by the next one only.
    if (this.#activity !== this.#seen) return first
    const { contexts, events, operations } = this
    const earliest = Math.min(
      contexts.deadlines.earliest ?? Infinity,
      events.deadlines.earliest ?? Infinity,
      operations.deadlines.earliest ?? Infinity
    )
    const until = Math.min(limit, earliest + 1)
    const second = passFrom(passes, until <= first ? first : this.calendar.next(first, until, this.#activity))
    return second < limit ? second : undefined
  }

  /** Moves the clock to a second before which no pass has anything to do. */
  passOver(seconds: number): void {
    this.#lastPass = passBefore(this.#passSeconds, seconds)
    this.now = seconds
  }

  /** Runs the timers that are still open, at the end of the input; the clock goes to the second of the last one. */
  runOpenTimers(): void {
    const timers = new OpenTimers(this)
    while (timers.step()) {}
  }

  /** Whether synthetic events wait, which are handled before any further line. */
  get hasPendingEvents(): boolean {
    return this.events.size > 0
  }

  /** Handles the first waiting synthetic event. */
  observePending(): void {
    const event = this.events.shift()
    if (event === undefined) return
    this.#process({ text: event.text, source: undefined, context: event.context }, event.cause)
  }

  /** Handles one line of an input. */
  observe({ text, source, context, time, record }: InputLine): void {
    const { usage } = this
    usage.hasMatched = false
    this.#process({ text, source, context: context ?? `_FILE_EVENT_${source}`, time, record })
    if (usage.hasMatched) usage.matchedLines++
  }

  /** Handles an event of SEC's own, such as SEC_STARTUP, at once. */
  internalEvent(name: string): void {
    const { host } = this
    if (host.logLevel >= 5) {
      host.log(5, `Creating SEC internal context '${INTERNAL_EVENT_CONTEXT}'`)
      host.log(5, `Creating SEC internal event '${name}'`)
    }
    const event = { text: name, source: undefined, context: INTERNAL_EVENT_CONTEXT }
    const { alerting } = this
    alerting?.startEvent(alerting.causeOfInput(name))
    this.#match(event, true)
    alerting?.endEvent()
    if (host.logLevel >= 5) host.log(5, `Deleting SEC internal context '${INTERNAL_EVENT_CONTEXT}'`)
  }

  /** One line of a spawned program's output becomes a synthetic event. `label` names the program in messages. */
  childLine(child: number, text: string, label: number = child): void {
    const context = this.scripts.eventContext(child) ?? DEFAULT_EVENT_CONTEXT
    debug(this, () => `Creating event '${text}' (received from child ${label})`)
    this.events.push({ text, context, cause: this.alerting?.causeOfInput('output') })
  }

  /** A program has ended with an exit status; a SingleWithScript rule acts now. */
  childExit(child: number, code: number): void {
    this.#activity++
    this.scripts.forget(child)
    const script = this.scripts.takeAwaited(child)
    if (script === undefined) return
    const rule = this.ruleSet.rules[script.rule] as Rule
    const ended = (): void => typeOf(rule).scriptEnded?.(rule, script, code, this)
    const { cause } = script
    this.#guard(() =>
      cause === undefined ? ended() : because(this, () => furtherCause(cause, 'exit'), ended)
    )
  }

  /** A timer pass if the last one was `cleanTime` seconds ago. */
  passIfDue(): void {
    if (this.#lastPass === undefined || this.now - this.#lastPass >= this.settings.cleanTime) this.pass()
  }

  /** A timer pass: contexts, scheduled events, Calendar rules, operations. */
  pass(): void {
    this.#lastPass = this.now
    this.#seen = this.#activity
    this.#watchGrowth()
    for (const context of this.contexts.takeDue(this.now)) {
      // The actions of one that expired before may have dropped or prolonged this one.
      if (this.contexts.isAlive(context) && this.contexts.isDue(context, this.now)) {
        this.timersRun++
        this.#guard(() => this.expireContext(context, context.names[0] ?? ''))
      }
    }
    for (const { text, context, cause, alert } of this.events.takeDue(this.now)) {
      debug(this, () => `Creating event '${text}'`)
      this.#activity++
      this.timersRun++
      if (alert !== undefined && cause !== undefined) {
        because(
          this,
          () => furtherCause(cause, 'due'),
          () => emitAlert(alert, this)
        )
      }
      this.events.push({ text, context, cause })
    }
    for (const rule of this.calendar.due(this.now)) this.#tick(rule)
    for (const operation of this.operations.takeDue(this.now)) {
      if (this.operations.isRunning(operation) && this.operations.isDue(operation, this.now)) {
        this.timersRun++
        this.#guard(() => this.expireOperation(operation))
      }
    }
  }

  /**
   * HUP: new rules; contexts, operations, variables and scheduled events are dropped. Waiting events stay, and so do the
   * last lines of each input, of those that are named if any are. Programs go on: a SingleWithScript rule that is still
   * there acts on the exit of its program.
   */
  restart(
    files: readonly RuleFileDefinition[],
    settings: CorrelatorSettings,
    inputs?: ReadonlySet<string>
  ): void {
    this.settings = settings
    const { rules: oldRules } = this.ruleSet
    this.ruleSet = compileRules(files)
    const ids = new Map(this.ruleSet.rules.map(({ identity, id }) => [identity.id, id]))
    this.scripts.keep(rule => ids.get((oldRules[rule] as Rule).identity.id))
    this.usage = new RuleUsage(this.ruleSet.rules.length)
    this.calendar = new CalendarRules(this.ruleSet, this.timeZone, this.lastMinutes)
    this.#activity++
    const { joint: jointBuffer, currentSource: lastSource } = this.buffers
    if (inputs !== undefined) this.buffers.keep(inputs)
    this.buffers = this.#createBuffers({ jointBuffer, lastSource })
    this.alerting = this.#createAlerting(this.alerting?.inputs)
    this.contexts.clear()
    this.operations.clear()
    this.variables.clear()
    this.events.clearPending()
    this.lastMinutes.clear()
    this.cache = {}
    this.#lastPass = undefined
    this.#reportedNotYet.clear()
    this.#reportedPrograms.clear()
    this.#reportedFaults.clear()
    this.#growth.clear()
  }

  /** All that is remembered between two lines, as keyed JSON (latin1), no value longer than 256 KiB. */
  snapshot(): ReadonlyMap<string, string> {
    return this.#keeper.snapshot()
  }

  /** The snapshot, to be read: its values parsed, segments and chunks joined. */
  state(): Readonly<Record<string, unknown>> {
    return readableState(this.snapshot())
  }

  /**
   * What has changed in the snapshot since this was last asked, or since the state that was restored. Its cost follows
   * what has changed. Needs `trackChanges`.
   */
  changes(): StateChanges {
    return this.#keeper.changes()
  }

  /**
   * Forgets the programs that run: those that another process started don't come back. Their rules run neither list.
   * How many exits were awaited.
   */
  forgetPrograms(): number {
    const { size } = this.scripts.awaited
    this.scripts.clear()
    return size
  }

  storeMatch(entry: string, variables: MatchVariables): void {
    this.cache = { ...this.cache, [entry]: variables }
  }

  expireContext(context: Context, name: string): void {
    const { contexts } = this
    this.#activity++
    debug(this, () => `Deleting stale context '${name}'`)
    const { expiry } = context
    try {
      if (expiry !== undefined) {
        contexts.whileExpiring(context, () => {
          const scope = new ActionScope(this, expiry.rule, expiry.description, NO_BINDINGS, { context })
          // A context that an action makes obsolete ends for the reason that the action has.
          if (contexts.isDue(context, this.now)) {
            const deadline = context.created + context.lifetime
            because(
              this,
              () => timerCause(['context', context.names[0] ?? '', context.created, deadline]),
              () => void scope.run(expiry.actions)
            )
          } else scope.run(expiry.actions)
        })
      }
    } finally {
      contexts.remove(context)
    }
    for (const each of context.names) debug(this, () => `Stale context '${each}' deleted`)
  }

  expireOperation(operation: Operation): void {
    this.#activity++
    const rule = this.ruleSet.rules[operation.rule] as Rule
    because(
      this,
      () => {
        const deadline = this.operations.deadline(operation) ?? 0
        const parts = ['operation', rule.identity.id, operation.description, deadline]
        return timerCause(parts, operation.evidence?.trace)
      },
      () => typeOf(rule).expire?.(rule, operation as Operation<never>, this)
    )
  }

  isEnding(operation: Operation): boolean {
    const rule = this.ruleSet.rules[operation.rule] as Rule
    return typeOf(rule).isEnding?.(operation as Operation<never>) ?? false
  }

  moveWindow(operation: Operation, windowStart: number): void {
    const rule = this.ruleSet.rules[operation.rule] as Rule
    operation.windowStart = windowStart
    typeOf(rule).windowMoved?.(rule, operation as Operation<never>, this)
    if (this.operations.isRunning(operation)) {
      this.operations.reschedule(operation)
      return
    }
    const key = `${rule.fileName} | ${rule.number} | ${operation.description}`
    debug(this, () => `Operation '${key}' finished its work after window was moved`)
  }

  processSet(name: string, rule: Rule): 'EndMatch' | undefined {
    const files = this.ruleSet.sets.get(name)
    if (files === undefined) {
      this.host.log(3, `Can't jump to fileset '${name}' from ${rule.fileName}, set does not exist`)
      return undefined
    }
    if (this.#activeSets.includes(name)) {
      this.host.log(3, `Can't jump to fileset '${name}' from ${rule.fileName}, loop detected`)
      return undefined
    }
    this.#activeSets.push(name)
    const verdict = this.#matchFiles(files)
    this.#activeSets.pop()
    return verdict
  }

  warnOfGrowth(kind: string, count: number): void {
    const warning = this.#growth.check(kind, count)
    if (warning !== undefined) this.host.log(3, warning)
  }

  mayRunProgram(rule: number, origin: string): boolean {
    const { alerting } = this
    if (alerting === undefined || alerting.settings.programs) return true
    this.programsNotRun++
    if (!this.#reportedPrograms.has(rule)) {
      this.#reportedPrograms.add(rule)
      // Of a context's expiry actions the rule may be gone.
      const { fileName, definition } = this.ruleSet.rules[rule] ?? {}
      const where =
        definition === undefined ? 'Rule that is gone' : `Rule in ${fileName} at line ${definition.line}`
      this.host.log(3, `${where}: ${origin} runs no program, as this stage does not allow it`)
    }
    return false
  }

  nextChild(): number {
    return ++this.#children
  }

  reportFault({ id, fileName, definition }: Rule, kind: string, message: string): void {
    this.usage.faults[id] = (this.usage.faults[id] as number) + 1
    const key = `${id} ${kind}`
    if (this.#reportedFaults.has(key)) return
    this.#reportedFaults.add(key)
    this.host.log(2, `Rule in ${fileName} at line ${definition.line}: ${message}`)
  }

  reportNotYet(rule: number, construct: string): void {
    const key = `${rule} ${construct}`
    if (this.#reportedNotYet.has(key)) return
    this.#reportedNotYet.add(key)
    const { fileName, definition } = this.ruleSet.rules[rule] as Rule
    this.host.log(2, `Rule in ${fileName} at line ${definition.line}: ${construct}, not yet`)
  }

  /** `cause`: of a synthetic event. */
  #process(event: Event, cause?: Cause): void {
    const { alerting } = this
    const { internalContexts } = this.settings
    alerting?.startEvent(cause ?? event.record ?? alerting.causeOfInput('line'))
    this.#match(event, internalContexts)
    alerting?.endEvent()
  }

  /** `inContext`: the event's internal context is set up for it. */
  #match({ text, source, context, record }: Event, inContext: boolean): void {
    this.#activity++
    this.cache = {}
    this.record = record
    this.buffers.push(text, source)
    this.eventContext = inContext ? context : undefined
    if (this.eventContext !== undefined) {
      this.contexts.setInternal({ name: this.eventContext, created: this.#started ?? this.now })
    }
    try {
      this.#matchFiles(this.ruleSet.mainFiles)
    } catch (error) {
      this.#activeSets.length = 0
      this.host.log(2, faultMessage(error))
    }
    if (inContext) this.contexts.setInternal(undefined)
  }

  #start(seconds: number): void {
    this.#started = seconds
    this.now = seconds
    if (this.#startupEvent) this.internalEvent('SEC_STARTUP')
    this.passIfDue()
  }

  get #passSeconds(): PassSeconds {
    return { last: this.#lastPass, cleanTime: this.settings.cleanTime, now: this.now }
  }

  #tick(rule: Rule): void {
    let outcome: CalendarOutcome = 'acted'
    this.#guard(() => {
      outcome = ruleTypes.Calendar.tick?.(rule, this) ?? 'not now'
    })
    if (outcome === 'acted') this.#activity++
    this.calendar.tried(rule, outcome, this.now, this.#activity)
  }

  /** Runs one expiry or the like. A fault of ours must not keep from being done what is due beside it. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.host.log(2, faultMessage(error))
    }
  }

  #matchFiles(files: readonly RuleFile[]): 'EndMatch' | undefined {
    for (const file of files) {
      if (this.#matchFile(file) === 'EndMatch') return 'EndMatch'
    }
    return undefined
  }

  #matchFile({ rules, labels }: RuleFile): 'EndMatch' | undefined {
    const { usage } = this
    const { stopwatch } = this.host
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as Rule
      const start = stopwatch === undefined ? 0 : stopwatch()
      const verdict = typeOf(rule).observe?.(rule, this)
      usage.evaluations[rule.id] = (usage.evaluations[rule.id] as number) + 1
      if (verdict !== undefined) {
        usage.matches[rule.id] = (usage.matches[rule.id] as number) + 1
        usage.hasMatched = true
      }
      if (stopwatch !== undefined) {
        usage.durationMs[rule.id] = (usage.durationMs[rule.id] as number) + stopwatch() - start
      }
      switch (verdict?.type) {
        case 'DontCont':
          return undefined
        case 'EndMatch':
          return 'EndMatch'
        case 'GoTo': {
          // A label that is unknown or lies behind was warned about at load and means DontCont.
          const target = labels.get(verdict.label)
          if (target === undefined || target <= index) return undefined
          index = target - 1
          break
        }
        default: // no match, or TakeNext
      }
    }
    return undefined
  }

  #watchGrowth(): void {
    this.warnOfGrowth('contexts', this.contexts.size)
    this.warnOfGrowth('operations', this.operations.size)
    this.warnOfGrowth('waiting events', this.events.size)
    this.warnOfGrowth('scheduled events', this.events.scheduled)
  }

  #deadlineOf(operation: Operation): number | undefined {
    const rule = this.ruleSet.rules[operation.rule] as Rule
    const window = typeOf(rule).window?.(rule, operation as Operation<never>)
    return window === undefined ? undefined : operation.windowStart + window
  }

  /** `inputs`: how many had no id of their own until now. */
  #createAlerting(inputs = 0): Alerting | undefined {
    const { stage } = this.settings
    const raises = ({ definition }: Rule): boolean =>
      everyAction(definition).some(action => action.type === 'alert')
    if (stage === undefined && !this.ruleSet.rules.some(raises)) return undefined
    return new Alerting(stage ?? ALERTS_WITHOUT_STAGE, inputs)
  }

  /** Of a state that is restored, buffers of another size are made to fit; if they were joint and now are not, or the other way, they are dropped. */
  /** `before`: what there was before a restart. */
  #createBuffers(before: Pick<Head, 'jointBuffer' | 'lastSource'> | undefined): InputBuffers {
    const size = this.settings.bufferSize || longestPattern(this.ruleSet)
    const joint = size === 1 || (this.settings.jointBuffer ?? false)
    if (before?.jointBuffer !== joint) this.#bufferBySource.clear()
    return new InputBuffers(size, joint, this.#bufferBySource, before?.lastSource)
  }

  #head(): Head {
    const { operations, contexts, events, buffers } = this
    return {
      now: this.now,
      started: this.#started,
      clock: this.#clock.state(),
      lastPass: this.#lastPass,
      children: this.#children,
      inputs: this.alerting?.inputs ?? 0,
      nextOperation: operations.nextId,
      nextContext: contexts.nextId,
      nextName: contexts.nextName,
      nextPending: events.nextId,
      firstEvent: events.firstWaiting,
      jointBuffer: buffers.joint,
      lastSource: buffers.currentSource
    }
  }
}

function typeOf(rule: Rule): RuleType {
  return ruleTypes[rule.definition.type]
}
