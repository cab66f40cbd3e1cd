import type { ActionDefinition } from '../actions/definition.ts'
import type { Context, ExpiryActions, RestoredContext, StoredEvent } from '../contexts/store.ts'
import type { InputBuffer } from '../input-buffers.ts'
import type { Operation } from '../operations.ts'
import type { PerlReference } from '../perl/host.ts'
import type { MatchBinding, MatchVariables } from '../patterns/match-variables.ts'
import type { Rule, RuleSet } from '../rules/rule.ts'
import type { AwaitedScript } from '../scripts.ts'
import type { PendingEvent, SyntheticEvent } from '../synthetic-events.ts'
import type { EntryForm } from './entries.ts'
import { type Fields, isNumberOrNull, isObject, isRecordOf, isString } from './fields.ts'
import { readAlertDraft, readCause, readEvidence } from './provenance.ts'
import { SegmentedList } from './segmented-list.ts'

/**
 * How each kind of thing is kept, both ways. Rules are named by their identity. JSON leaves out the name of a match
 * variable that was set by no group, which means the same.
 */

export function operationForm(ruleSet: () => RuleSet): EntryForm<Operation> {
  return {
    prefix: 'op',
    encode: operation => ({ ...operation, rule: identityOf(ruleSet(), operation.rule) }),
    lists: ({ state }) =>
      isObject(state)
        ? Object.entries(state).flatMap(([name, value]) =>
            value instanceof SegmentedList ? [[name, value as SegmentedList<unknown>] as const] : []
          )
        : []
  }
}

export function readOperation(id: number, rule: Rule, fields: Fields): Operation {
  return {
    id,
    rule: rule.id,
    description: fields.string('description'),
    windowStart: fields.number('windowStart'),
    captured: readCaptured(fields),
    state: rule.type.readState?.(fields.fields('state')) ?? null,
    ...readEvidence(fields)
  }
}

/** `numbersOf`: `ContextStore.nameNumbers` */
export function contextForm(numbersOf: (context: Context) => (number | null)[]): EntryForm<Context> {
  return {
    prefix: 'ctx',
    encode: context => ({
      ...context,
      numbers: numbersOf(context),
      expiry: context.expiry && { ...context.expiry, rule: undefined }
    }),
    lists: ({ events }) => [['events', events]]
  }
}

export function readContext(
  id: number,
  ruleOf: (identity: string) => Rule | undefined,
  fields: Fields
): RestoredContext {
  return {
    context: {
      id,
      names: fields.array('names', isString),
      created: fields.number('created'),
      lifetime: fields.number('lifetime'),
      expiry: fields.has('expiry') ? readExpiry(ruleOf, fields.fields('expiry')) : undefined,
      events: fields.list('events', isStoredEvent)
    },
    numbers: fields.array('numbers', isNumberOrNull)
  }
}

function readExpiry(ruleOf: (identity: string) => Rule | undefined, fields: Fields): ExpiryActions {
  const identity = fields.string('identity')
  return {
    actions: fields.array('actions', isAction),
    description: fields.string('description'),
    rule: ruleOf(identity)?.id ?? -1,
    identity
  }
}

export const pendingForm: EntryForm<PendingEvent> = { prefix: 'pending', encode: event => event }

export function readPending(fields: Fields): PendingEvent {
  const { text, context, ...cause } = readEvent(fields)
  return { text, context, due: fields.number('due'), ...cause, ...readAlertDraft(fields) }
}

/** A synthetic event is kept as it is. */
export function readEvent(fields: Fields): SyntheticEvent {
  return { text: fields.string('text'), context: fields.string('context'), ...readCause(fields) }
}

export const variableForm: EntryForm<string | null | PerlReference> = {
  prefix: 'var',
  encode: value => value
}

export const bufferForm: EntryForm<InputBuffer> = { prefix: 'buffer', encode: buffer => buffer }

export function readBuffer(fields: Fields): InputBuffer {
  return { lines: fields.array('lines', isString), sources: fields.array('sources', isString) }
}

export function scriptForm(ruleSet: () => RuleSet): EntryForm<AwaitedScript> {
  return {
    prefix: 'script',
    encode: script => ({ ...script, rule: identityOf(ruleSet(), script.rule) })
  }
}

export function readScript(rule: Rule, fields: Fields): AwaitedScript {
  return {
    rule: rule.id,
    description: fields.string('description'),
    captured: readCaptured(fields),
    ...readCause(fields),
    ...readEvidence(fields)
  }
}

/** Of a program whose output becomes events: their internal context. */
export const readerForm: EntryForm<string> = { prefix: 'reader', encode: context => context }

export const calendarForm: EntryForm<string> = { prefix: 'calendar', encode: minute => minute }

function readCaptured(fields: Fields): MatchBinding | undefined {
  if (!fields.has('captured')) return undefined
  const captured = fields.fields('captured')
  return { variables: captured.record('variables', isString), cache: captured.record('cache', isVariables) }
}

export function isVariables(value: unknown): value is MatchVariables {
  return isRecordOf(value, isString)
}

function isStoredEvent(value: unknown): value is StoredEvent {
  return isObject(value) && typeof value['text'] === 'string' && typeof value['time'] === 'number'
}

/** Its parameters are those that the version of the state stands for. */
export function isAction(value: unknown): value is ActionDefinition {
  return isObject(value) && typeof value['type'] === 'string'
}

function identityOf({ rules }: RuleSet, rule: number): string | undefined {
  return rules[rule]?.identity.id
}
