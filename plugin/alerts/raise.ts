import type { ActionName } from '../actions/definition.ts'
import type { ActionScope } from '../actions/scope.ts'
import type { Alert, AlertAttribute } from '../alert.ts'
import type { Core } from '../core.ts'
import type { MatchBinding } from '../patterns/match-variables.ts'
import type { Rule } from '../rules/rule.ts'
import type { Alerting } from './alerting.ts'
import { currentEvidence, type Evidence, storeEvidence } from './evidence.ts'
import type { NotificationKind } from './settings.ts'
import type { Severity } from './severity.ts'
import { alertUid } from './uid.ts'

/** What an action has to say. */
export interface Notification {
  readonly action: ActionName
  readonly severity: Severity
  readonly body: string
  /** The program that would have been run. */
  readonly command?: string | undefined
}

/** An alert but for its uid, time and trace. Plain data: one that comes with a scheduled event waits with it. */
export interface AlertDraft {
  readonly rule: string
  readonly subject: string
  readonly body: string
  readonly severity: Severity
  readonly attributes: Readonly<Record<string, AlertAttribute>>
}

/** All have the same attributes, so all have the same name. Source: OpenTelemetry semantic conventions, "Events". */
const EVENT_NAME = 'correlog.alert'

const MOST_VARIABLES = 32
/** Bytes of an attribute. */
const LONGEST_VALUE = 1024
/** Bytes of a body. An event store has no bound by itself, but what alerts are sent to has one. */
const LONGEST_BODY = 256 * 1024

/** What a notification of these kinds is worth where its rule does not say it. */
export const SEVERITIES = {
  alert: { number: 13, text: 'WARN' },
  pipe: { number: 13, text: 'WARN' },
  report: { number: 13, text: 'WARN' },
  shellcmd: { number: 13, text: 'WARN' },
  logonly: { number: 10, text: 'NOTICE' },
  write: { number: 9, text: 'INFO' },
  event: { number: 9, text: 'INFO' }
} as const satisfies Record<NotificationKind | 'alert', Severity>

/** Raises an alert. */
export function raiseAlert(notification: Notification, scope: ActionScope): void {
  const { alerting } = scope.core
  if (alerting !== undefined) emitAlert(draftAlert(notification, scope, alerting), scope.core)
}

/** Raises an alert in place of a notification, if the rule's file has them turned into alerts. */
export function raiseInstead(
  kind: NotificationKind,
  notification: Omit<Notification, 'severity'>,
  scope: ActionScope
): boolean {
  const draft = draftInstead(kind, notification, scope)
  if (draft !== undefined) emitAlert(draft, scope.core)
  return draft !== undefined
}

/** What `raiseInstead` would raise. */
export function draftInstead(
  kind: NotificationKind,
  notification: Omit<Notification, 'severity'>,
  scope: ActionScope
): AlertDraft | undefined {
  const { alerting, ruleSet } = scope.core
  if (alerting === undefined) return undefined
  if (!alerting.covers(kind, ruleSet.fileOf(scope.rule).name)) return undefined
  return draftAlert({ ...notification, severity: SEVERITIES[kind] }, scope, alerting)
}

/** Gives an alert its place in time and sends it off, because of what is going on now. */
export function emitAlert({ rule, subject, body, severity, attributes }: AlertDraft, core: Core): void {
  const { alerting, now } = core
  if (alerting === undefined) return
  const { cause, settings } = alerting
  const { application, task } = settings
  const uid = alertUid({
    application,
    task,
    rule,
    subject,
    cause: cause.id,
    ordinal: alerting.nextOrdinal(),
    second: now
  })
  const { traceId = '', spanId = '', traceFlags = 0 } = cause.trace ?? {}
  const alert: Alert = {
    uid,
    eventName: EVENT_NAME,
    body,
    severityNumber: severity.number,
    severityText: severity.text,
    time: now,
    attributes: { 'log.record.uid': uid, ...attributes, 'correlog.cause': cut(cause.id) },
    traceId,
    spanId,
    traceFlags
  }
  core.host.effect({ type: 'alert', alert })
}

function draftAlert(
  { action, severity, body, command }: Notification,
  scope: ActionScope,
  { settings }: Alerting
): AlertDraft {
  const { core, description, occasion } = scope
  const { operation, window, context } = occasion
  // A context keeps its expiry actions when their rule is gone.
  const rule = core.ruleSet.rules[scope.rule]
  const name = context?.names[0] ?? ''
  const attributes: Record<string, AlertAttribute> = {
    'correlog.application': settings.application,
    'correlog.task': settings.task,
    'correlog.action': action,
    'correlog.description': cut(description),
    ...ruleAttributes(rule)
  }
  const shownBody = cutBody(body)
  if (shownBody !== body) attributes['correlog.body.bytes'] = body.length
  if (command !== undefined) attributes['correlog.command'] = cut(command)
  if (operation !== undefined) {
    attributes['correlog.operation.key'] = cut(
      `${rule?.fileName} | ${rule?.number} | ${operation.description}`
    )
    const { start, end } = window ?? {
      start: operation.windowStart,
      end: core.operations.deadline(operation)
    }
    addWindow(attributes, start, end)
  } else if (context !== undefined) {
    attributes['correlog.context.name'] = cut(name)
    addWindow(
      attributes,
      context.created,
      context.lifetime === 0 ? undefined : context.created + context.lifetime
    )
  }
  addEvents(attributes, evidenceFor(scope))
  addVariables(attributes, 'correlog.match.', scope.bindings.dollar)
  addVariables(attributes, 'correlog.match.first.', scope.bindings.percent)
  return {
    rule: rule?.identity.id ?? context?.expiry?.identity ?? '',
    subject:
      operation === undefined && context !== undefined
        ? `context ${name}`
        : `operation ${operation?.description ?? description}`,
    body: shownBody,
    severity,
    attributes
  }
}

function ruleAttributes(rule: Rule | undefined): Record<string, AlertAttribute> {
  if (rule === undefined) return {}
  return {
    'correlog.rule.file': rule.fileName,
    'correlog.rule.number': rule.number,
    'correlog.rule.hash': rule.identity.hash,
    'correlog.rule.type': rule.definition.type
  }
}

function evidenceFor({ core, occasion }: ActionScope): Evidence | undefined {
  const { operation, context, evidence } = occasion
  if (operation?.evidence !== undefined) return operation.evidence
  if (context !== undefined) return storeEvidence(context)
  return evidence ?? currentEvidence(core)
}

function addWindow(attributes: Record<string, AlertAttribute>, start: number, end: number | undefined): void {
  attributes['correlog.window.start'] = start
  if (end !== undefined) attributes['correlog.window.end'] = end
}

function addEvents(attributes: Record<string, AlertAttribute>, evidence: Evidence | undefined): void {
  if (evidence === undefined) return
  attributes['correlog.events.count'] = evidence.events
  if (evidence.events === 0) return
  attributes['correlog.events.first'] = evidence.first
  attributes['correlog.events.last'] = evidence.last
  if (evidence.records.length > 0) attributes['correlog.records'] = evidence.records.map(id => cut(id))
}

/** `$0` is the line, and names that begin with `_` are the record's fields: both are known to who has the record. */
function addVariables(
  attributes: Record<string, AlertAttribute>,
  prefix: string,
  binding: MatchBinding | undefined
): void {
  if (binding === undefined) return
  let left = MOST_VARIABLES
  for (const [name, value] of Object.entries(binding.variables)) {
    if (value === undefined || name === '0' || name.startsWith('_')) continue
    if (left-- === 0) return
    attributes[prefix + name] = cut(value)
  }
}

/** Cuts a text that is too long, not within a character of UTF-8. */
function cut(text: string, longest = LONGEST_VALUE): string {
  if (text.length <= longest) return text
  let end = longest
  while (end > longest - 3 && (text.charCodeAt(end) & 0xc0) === 0x80) end--
  return text.slice(0, end)
}

/** Of several lines whole ones stay. */
function cutBody(body: string): string {
  if (body.length <= LONGEST_BODY) return body
  const newline = body.lastIndexOf('\n', LONGEST_BODY)
  return newline > 0 ? body.slice(0, newline) : cut(body, LONGEST_BODY)
}
