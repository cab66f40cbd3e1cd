import { ActionScope } from '../actions/scope.ts'
import { addEvidence, keepEvidence } from '../alerts/evidence.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { PatternDefinition } from '../patterns/definition.ts'
import { type MatchBindings, substituteMatchVariables } from '../patterns/match-variables.ts'
import { parseEventGroupPattern } from '../patterns/parser.ts'
import { testEventGroup } from '../patterns/perlfunc.ts'
import { compilePerlRegExp } from '../patterns/perl-regexp/index.ts'
import { isNumber, isObject } from '../state/fields.ts'
import { SegmentedList } from '../state/segmented-list.ts'
import { conditionKeywords, readCondition } from './conditions.ts'
import type { EventGroupDefinition, EventGroupMember } from './definition.ts'
import { actionList, integer, optionalActionList, optionalInteger, text, yesOrNo } from './fields.ts'
import { captureBinding, matchCondition } from './match-condition.ts'
import type { Rule, RuleType } from './rule.ts'
import { findRunning, runForOperation } from './running-operation.ts'
import { type Field, REFUSED, type RuleSyntax, ruleSyntax } from './syntax.ts'

/** The syntax of `EventGroupN`; N is `count`, at least 1. */
export function eventGroupSyntax(count: number): RuleSyntax<EventGroupDefinition> {
  return ruleSyntax(
    'EventGroup',
    {
      members: members(count),
      description: text('desc'),
      actions: actionList('action'),
      init: optionalActionList('init'),
      slide: optionalActionList('slide'),
      end: optionalActionList('end'),
      window: integer('window', 'time window', 1),
      multipleActions: yesOrNo('multact', false),
      groupPattern
    },
    (values, line): EventGroupDefinition => ({ type: 'EventGroup', line, ...values })
  )
}

const groupPattern: Field<EventGroupDefinition['groupPattern']> = {
  keywords: [
    { name: 'egptype', required: false },
    { name: 'egpattern', required: false }
  ],
  read(fields, report) {
    const type = fields.get('egptype')
    const source = fields.get('egpattern')
    if (type === undefined && source === undefined) return undefined
    if (type === undefined || source === undefined) {
      const [present, missing] = type === undefined ? ['egpattern', 'egptype'] : ['egptype', 'egpattern']
      report.error(`'${present}' keyword requires the '${missing}' keyword`)
      return REFUSED
    }
    return parseEventGroupPattern(type, source, report) ?? REFUSED
  }
}

function members(count: number): Field<readonly EventGroupMember[]> {
  const fields = Array.from({ length: count }, (_, index) => member(index === 0 ? '' : String(index + 1)))
  return {
    keywords: fields.flatMap(field => field.keywords),
    read(values, report) {
      const list: EventGroupMember[] = []
      for (const field of fields) {
        const value = field.read(values, report)
        if (value === REFUSED) return REFUSED
        list.push(value)
      }
      return list
    }
  }
}

function member(suffix: string): Field<EventGroupMember> {
  const countField = optionalActionList(`count${suffix}`)
  const thresholdField = optionalInteger(`thresh${suffix}`, 'threshold', 1, 1)
  const tokenName = `egtoken${suffix}`
  return {
    keywords: [
      ...conditionKeywords(suffix),
      ...countField.keywords,
      ...thresholdField.keywords,
      { name: tokenName, required: false }
    ],
    read(values, report) {
      const condition = readCondition(values, suffix, report)
      if (condition === REFUSED) return REFUSED
      const count = countField.read(values, report)
      if (count === REFUSED) return REFUSED
      const threshold = thresholdField.read(values, report)
      if (threshold === REFUSED) return REFUSED
      const token = values.get(tokenName)
      if (token === undefined) return { condition, threshold, count }
      if (!values.has('egpattern')) {
        report.error(`'${tokenName}' keyword requires the 'egpattern' keyword`)
        return REFUSED
      }
      return { condition, threshold, count, token }
    }
  }
}

/** One event inside the window. */
export interface GroupedEvent {
  /** Arrival time, seconds since Epoch. */
  readonly time: number
  /** Which of the rule's patterns it matched, from 0. */
  readonly member: number
  readonly token: string
}

/** What one running operation remembers. */
export interface EventGroupState {
  /** Ascending by time. */
  readonly events: SegmentedList<GroupedEvent>
  /** How many of them matched each of the rule's patterns. */
  readonly counts: number[]
  /** `action` has run, and runs once only: the operation just waits for the end of its window. */
  suppressed: boolean
  /** `end` is running: its window can't be moved any more. */
  ending: boolean
}

/**
 * Runs `action` once every member's threshold is reached within the window. Source: SEC manual, "EVENTGROUP RULE".
 */
export const eventGroup: RuleType<EventGroupDefinition, EventGroupState> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    for (const [index, condition] of rule.conditions.entries()) {
      const bindings = matchCondition(condition, rule, core)
      if (bindings === undefined) continue
      observeMember(rule, index, bindings, core)
      return condition.continue
    }
    return undefined
  },

  window: ({ definition }) => definition.window,

  expire(rule, operation, core) {
    const { state } = operation
    const { window, slide } = rule.definition
    if (!state.suppressed) {
      keepFrom(state, core.now - window)
      keepEvidence(operation, state.events.length, state.events.first?.time)
      // An empty window has slid too, before it ends: `end` sees its position.
      operation.windowStart = state.events.first?.time ?? core.now - window
      if (state.events.length > 0) {
        core.operations.reschedule(operation)
        runForOperation(rule, operation, slide, core)
        return
      }
    }
    finish(rule, operation, core)
  },

  isEnding: ({ state }) => state.ending,

  readState: (fields): EventGroupState => ({
    events: fields.list('events', isGroupedEvent),
    counts: fields.array('counts', isNumber),
    suppressed: fields.boolean('suppressed'),
    ending: fields.boolean('ending')
  }),

  windowMoved(rule, operation, core) {
    const { state, windowStart } = operation
    if (state.suppressed) return
    keepFrom(state, windowStart)
    keepEvidence(operation, state.events.length, state.events.first?.time)
    if (state.events.length === 0) finish(rule, operation, core)
  }
}

function isGroupedEvent(value: unknown): value is GroupedEvent {
  return (
    isObject(value) &&
    typeof value['time'] === 'number' &&
    typeof value['member'] === 'number' &&
    typeof value['token'] === 'string'
  )
}

function observeMember(
  rule: Rule<EventGroupDefinition>,
  index: number,
  bindings: MatchBindings,
  core: Core
): void {
  const { definition } = rule
  const member = definition.members[index]
  const description = substituteMatchVariables(definition.description, bindings)
  const token =
    member?.token === undefined ? String(index + 1) : substituteMatchVariables(member.token, bindings)
  const operation =
    (findRunning(rule, description, core) as Operation<EventGroupState> | undefined) ??
    start(rule, description, bindings, core)
  addEvidence(operation, core)
  const { state } = operation
  // `init`, `count` or `slide` may have ended it.
  if (!core.operations.isRunning(operation)) return
  if (!state.suppressed) {
    addEvent(state, { time: core.now, member: index, token })
    core.operations.changed(operation)
  }
  new ActionScope(core, rule.id, description, bindings, { operation }).run(member?.count ?? [])
  if (!core.operations.isRunning(operation) || state.suppressed) return
  if (!thresholdsReached(definition, state) || !groupPatternMatches(rule, state, core)) return
  state.suppressed = !definition.multipleActions
  if (state.suppressed) keepFrom(state, Infinity)
  runForOperation(rule, operation, definition.actions, core)
}

function start(
  rule: Rule<EventGroupDefinition>,
  description: string,
  bindings: MatchBindings,
  core: Core
): Operation<EventGroupState> {
  const operation = core.operations.start<EventGroupState>(
    rule.id,
    description,
    core.now,
    captureBinding(bindings, rule),
    { events: new SegmentedList(), counts: rule.conditions.map(() => 0), suppressed: false, ending: false }
  )
  new ActionScope(core, rule.id, description, bindings, { operation }).run(rule.definition.init)
  return operation
}

function finish(rule: Rule<EventGroupDefinition>, operation: Operation<EventGroupState>, core: Core): void {
  operation.state.ending = true
  core.operations.changed(operation)
  runForOperation(rule, operation, rule.definition.end, core)
  core.operations.end(operation)
}

function addEvent({ events, counts }: EventGroupState, event: GroupedEvent): void {
  events.push(event)
  counts[event.member] = (counts[event.member] ?? 0) + 1
}

/** Forgets the events before a second. */
function keepFrom(state: EventGroupState, time: number): void {
  const { events, counts } = state
  for (const { member } of events.keep(event => event.time >= time))
    counts[member] = (counts[member] ?? 0) - 1
}

// Counting the events for each new one would cost the square of what a window holds.
function thresholdsReached({ members }: EventGroupDefinition, { counts }: EventGroupState): boolean {
  return members.every(({ threshold }, index) => (counts[index] ?? 0) >= threshold)
}

/** Matches the event group string: the tokens in order, separated by spaces. */
function groupPatternMatches(
  rule: Rule<EventGroupDefinition>,
  { events }: EventGroupState,
  core: Core
): boolean {
  const { groupPattern } = rule.definition
  if (groupPattern === undefined) return true
  const text = events.items.map(event => event.token).join(' ')
  const matches =
    groupPattern.type === 'PerlFunc'
      ? testEventGroup(groupPattern, text, events.items, core)
      : textMatches(groupPattern, text)
  return matches !== undefined && matches !== groupPattern.negated
}

function textMatches({ type, source }: PatternDefinition, text: string): boolean {
  if (type === 'SubStr') return text.includes(source)
  if (type !== 'RegExp') return false
  const result = compilePerlRegExp(source)
  return result.ok && result.regexp.exec(text) !== undefined
}
