import { ActionVariables } from './action-variables.ts'
import type { Alerting } from './alerts/alerting.ts'
import { because, type Cause, furtherCause } from './alerts/cause.ts'
import { createAlerting } from './alerts/create-alerting.ts'
import { type Context, ContextStore } from './contexts/store.ts'
import { type Core, type CorrelatorSettings, debug } from './core.ts'
import type { CorrelatorOptions } from './correlator-options.ts'
import type { Event, InputLine } from './event.ts'
import { expireContext, expireOperation } from './expiry.ts'
import { faultMessage, guarded } from './fault.ts'
import { GrowthWatch } from './growth.ts'
import type { StateChanges } from './adapter.ts'
import type { Host } from './host.ts'
import { type InputBuffer, InputBuffers } from './input-buffers.ts'
import { Matching } from './matching.ts'
import { type Operation, OperationStore } from './operations.ts'
import type { VariableMapDefinition } from './patterns/definition.ts'
import type { MatchCache, MatchVariables } from './patterns/match-variables.ts'
import { perlContexts } from './perl/contexts.ts'
import { PerlEntries } from './perl/entries.ts'
import type { PerlHost } from './perl/host.ts'
import { compileRules, longestPattern } from './rules/compile.ts'
import type { RuleFileDefinition } from './rules/definition.ts'
import type { LogRecord } from './record.ts'
import { CalendarRules } from './rules/calendar-rules.ts'
import { deadlineOf, isEnding, moveWindow } from './rules/operation-window.ts'
import type { Rule, RuleSet } from './rules/rule.ts'
import { RuleReports } from './rule-reports.ts'
import type { RuleUsage } from './rule-usage.ts'
import { Scripts } from './scripts.ts'
import type { Dropped } from './state/dropped.ts'
import { type Head, headOf } from './state/head.ts'
import { StateKeeper } from './state/keeper.ts'
import { fillStores } from './state/restore.ts'
import { readState } from './state/restored.ts'
import { readableState } from './state/readable-state.ts'
import { TrackedMap } from './state/tracked-map.ts'
import { DEFAULT_EVENT_CONTEXT, SyntheticEvents } from './synthetic-events.ts'
import { Advance, type AdvanceLimits } from './time/advance.ts'
import { Clock } from './time/clock.ts'
import { OpenTimers } from './time/open-timers.ts'
import { TimerPasses } from './time/timer-passes.ts'
import type { TimeZone } from './time/time-zone.ts'

const NO_MATCHES: MatchCache = Object.freeze({})

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
  readonly perl: PerlHost | undefined
  readonly perlEntries: PerlEntries | undefined
  readonly variables: ActionVariables
  readonly contexts = new ContextStore()
  readonly operations = new OperationStore(operation => deadlineOf(operation, this.ruleSet))
  readonly events = new SyntheticEvents()
  readonly scripts = new Scripts()
  readonly lastMinutes = new TrackedMap<string, string>()
  settings: CorrelatorSettings
  ruleSet: RuleSet
  buffers: InputBuffers
  alerting: Alerting | undefined
  record: LogRecord | undefined
  cache: MatchCache = {}
  eventContext: string | undefined
  now: number
  /** Minutes in which Calendar rules did not act, for `advance` went by too many of them at once. */
  leftOutMinutes = 0
  /** What was not restored, since its rule has changed or is gone. */
  readonly dropped: readonly Dropped[] = []
  readonly #bufferBySource = new TrackedMap<string, InputBuffer>()
  readonly #passes: TimerPasses
  #matching: Matching
  readonly #keeper: StateKeeper
  /** The age of internal contexts, in SEC, is that of the process; HUP does not change it. */
  #started: number | undefined
  readonly #startupEvent: boolean
  /** How far each input has come in record time. */
  readonly #clock = new Clock()
  #children = 0
  readonly #reports = new RuleReports(this)
  readonly #growth = new GrowthWatch()

  /** @throws StateError of a state that can't be restored. */
  constructor(options: CorrelatorOptions) {
    const {
      files,
      settings,
      host,
      timeZone,
      perl,
      now,
      startupEvent,
      trackChanges = false,
      restore
    } = options
    this.host = host
    this.timeZone = timeZone
    this.perl = perl
    this.perlEntries = perl && new PerlEntries(perl)
    perl?.serve(perlContexts(this))
    this.now = now ?? 0
    this.#started = now
    this.#startupEvent = startupEvent ?? false
    this.variables = new ActionVariables(timeZone, reference => perl?.release([reference]))
    this.settings = settings
    this.ruleSet = compileRules(files)
    this.#matching = new Matching(this.ruleSet, this)
    this.#passes = new TimerPasses(this, new CalendarRules(this.ruleSet, timeZone, this.lastMinutes))
    this.#keeper = new StateKeeper(this, this.#bufferBySource, () => this.#head())
    const state = restore && readState(restore, this.ruleSet)
    if (restore !== undefined && state !== undefined) {
      const { head } = state
      this.now = head.now
      this.#started = head.started
      this.#clock.restore(head.clock)
      this.#passes.last = head.lastPass
      this.#children = head.children
      this.cache = state.cache
      this.dropped = state.dropped
      this.#restorePerl(restore, head.perl)
      fillStores(this, this.#bufferBySource, state)
      if (trackChanges) this.#keeper.track({ entries: restore, state })
    } else if (trackChanges) this.#keeper.track()
    this.buffers = this.#createBuffers(state?.head)
    this.alerting = createAlerting(settings, this.ruleSet, state?.head.inputs)
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

  get calendar(): CalendarRules {
    return this.#passes.calendar
  }

  /** Contexts and operations that came to their end, and scheduled events that came, in timer passes. */
  get timersRun(): number {
    return this.#passes.timersRun
  }

  /** How many programs were not run, since the stage allows none. */
  get programsNotRun(): number {
    return this.#reports.programsNotRun
  }

  /** Of the rules since they were loaded. */
  get usage(): RuleUsage {
    return this.#matching.usage
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
    return this.#passes.nextBefore(limit)
  }

  /** Moves the clock to a second before which no pass has anything to do. */
  passOver(seconds: number): void {
    this.#passes.leaveOutBefore(seconds)
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
  observe(line: InputLine): void {
    const { usage } = this
    usage.hasMatched = false
    this.#process(line)
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
    this.#passes.activity++
    this.scripts.forget(child)
    const script = this.scripts.takeAwaited(child)
    if (script === undefined) return
    const rule = this.ruleSet.rules[script.rule] as Rule
    const ended = (): void => rule.type.scriptEnded?.(rule, script, code, this)
    const { cause } = script
    guarded(this.host, () =>
      cause === undefined ? ended() : because(this, () => furtherCause(cause, 'exit'), ended)
    )
  }

  /** A timer pass if the last one was `cleanTime` seconds ago. */
  passIfDue(): void {
    if (this.#passes.isDue) this.#passes.pass()
  }

  /** A timer pass: contexts, scheduled events, Calendar rules, operations. */
  pass(): void {
    this.#passes.pass()
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
    this.#matching = new Matching(this.ruleSet, this)
    this.#passes.calendar = new CalendarRules(this.ruleSet, this.timeZone, this.lastMinutes)
    this.#passes.activity++
    const { joint: jointBuffer, currentSource: lastSource } = this.buffers
    if (inputs !== undefined) this.buffers.keep(inputs)
    this.buffers = this.#createBuffers({ jointBuffer, lastSource })
    this.alerting = createAlerting(settings, this.ruleSet, this.alerting?.inputs)
    this.contexts.clear()
    this.operations.clear()
    this.variables.clear()
    this.events.clearPending()
    this.lastMinutes.clear()
    this.cache = {}
    this.#passes.last = undefined
    this.#reports.clear()
    this.#growth.clear()
  }

  /** All that is remembered between two lines, as keyed JSON and bytes of Perl (latin1), no value longer than 256 KiB. */
  snapshot(): ReadonlyMap<string, string> {
    return this.#keeper.snapshot()
  }

  /** The snapshot for another correlator on the same Perl, which needs no copy of what that remembers. */
  snapshotBesidePerl(): ReadonlyMap<string, string> {
    return this.#keeper.snapshotBesidePerl()
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

  storeMatch(
    entry: string,
    variables: MatchVariables,
    match: MatchVariables,
    { variables: map }: VariableMapDefinition
  ): void {
    this.replaceMatch(entry, variables)
    this.perlEntries?.stored(entry, match, map)
  }

  replaceMatch(entry: string, variables: MatchVariables): void {
    this.cache = { ...this.cache, [entry]: variables }
  }

  expireContext(context: Context, name: string): void {
    this.#passes.activity++
    expireContext(context, name, this)
  }

  expireOperation(operation: Operation): void {
    this.#passes.activity++
    expireOperation(operation, this)
  }

  isEnding(operation: Operation): boolean {
    return isEnding(operation, this)
  }

  moveWindow(operation: Operation, windowStart: number): void {
    moveWindow(operation, windowStart, this)
  }

  processSet(name: string, rule: Rule): 'EndMatch' | undefined {
    return this.#matching.trySet(name, rule)
  }

  warnOfGrowth(kind: string, count: number): void {
    const warning = this.#growth.check(kind, count)
    if (warning !== undefined) this.host.log(3, warning)
  }

  mayRunProgram(rule: number, origin: string): boolean {
    const { alerting } = this
    if (alerting === undefined || alerting.settings.programs) return true
    this.#reports.programNotRun(rule, origin)
    return false
  }

  nextChild(): number {
    return ++this.#children
  }

  reportFault(rule: Rule, kind: string, message: string): void {
    this.usage.faults[rule.id] = (this.usage.faults[rule.id] as number) + 1
    this.#reports.fault(rule, kind, message)
  }

  reportNotYet(rule: number, construct: string): void {
    this.#reports.notYet(rule, construct)
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
    this.#passes.activity++
    this.cache = NO_MATCHES
    this.perlEntries?.clear()
    this.record = record
    this.buffers.push(text, source)
    this.eventContext = inContext ? (context ?? `_FILE_EVENT_${source}`) : undefined
    if (this.eventContext !== undefined) {
      this.contexts.setInternal({ name: this.eventContext, created: this.#started ?? this.now })
    }
    try {
      this.#matching.tryMainFiles()
    } catch (error) {
      this.host.log(2, faultMessage(error))
    }
    if (inContext) this.contexts.setInternal(undefined)
  }

  /** Before the stores, which ask whether references are still known. */
  #restorePerl(entries: ReadonlyMap<string, string>, life: string | undefined): void {
    const { perl, host } = this
    if (perl === undefined || (life !== undefined && perl.life === life)) return
    const restored = perl.memory?.restore(entries, life)
    if (restored?.ok === true) {
      const { lostFiles } = restored
      if (lostFiles > 0) host.log(3, `Files that Perl code had open are closed by the restart: ${lostFiles}`)
    } else if (life !== undefined) {
      const reason = restored?.reason ?? 'this Perl can not be kept'
      host.log(3, `What Perl variables held before the restart is lost: ${reason}`)
    }
  }

  #start(seconds: number): void {
    this.#started = seconds
    this.now = seconds
    if (this.#startupEvent) this.internalEvent('SEC_STARTUP')
    this.passIfDue()
  }

  /**
   * Buffers of another size than `before`, a restart or what was restored, are made to fit; if they were joint and now are
   * not, or the other way, they are dropped.
   */
  #createBuffers(before: Pick<Head, 'jointBuffer' | 'lastSource'> | undefined): InputBuffers {
    const size = this.settings.bufferSize || longestPattern(this.ruleSet)
    const joint = size === 1 || (this.settings.jointBuffer ?? false)
    if (before?.jointBuffer !== joint) this.#bufferBySource.clear()
    return new InputBuffers(size, joint, this.#bufferBySource, before?.lastSource)
  }

  #head(): Head {
    const started = this.#started
    const { last: lastPass } = this.#passes
    return headOf(this, { started, clock: this.#clock.state(), lastPass, children: this.#children })
  }
}
