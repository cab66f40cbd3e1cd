import type { AlertAttribute } from '../alert.ts'
import type { Cause, TraceContext } from '../alerts/cause.ts'
import type { Evidence } from '../alerts/evidence.ts'
import type { AlertDraft } from '../alerts/raise.ts'
import { type Fields, isNumber, isString } from './fields.ts'

/** Reads what a stage keeps for its alerts. Each may be missing: another configuration kept none. */

export function readEvidence(owner: Fields): { evidence?: Evidence } {
  if (!owner.has('evidence')) return {}
  const fields = owner.fields('evidence')
  return {
    evidence: {
      events: fields.number('events'),
      first: fields.number('first'),
      last: fields.number('last'),
      records: fields.array('records', isString),
      times: fields.array('times', isNumber),
      ...readTrace(fields)
    }
  }
}

export function readCause(owner: Fields): { cause?: Cause } {
  if (!owner.has('cause')) return {}
  const fields = owner.fields('cause')
  return { cause: { id: fields.string('id'), record: fields.string('record'), ...readTrace(fields) } }
}

export function readAlertDraft(owner: Fields): { alert?: AlertDraft } {
  if (!owner.has('alert')) return {}
  const fields = owner.fields('alert')
  const severity = fields.fields('severity')
  return {
    alert: {
      rule: fields.string('rule'),
      subject: fields.string('subject'),
      body: fields.string('body'),
      severity: { number: severity.number('number'), text: severity.string('text') },
      attributes: fields.record('attributes', isAttribute)
    }
  }
}

function readTrace(owner: Fields): { trace?: TraceContext } {
  if (!owner.has('trace')) return {}
  const fields = owner.fields('trace')
  return {
    trace: {
      traceId: fields.string('traceId'),
      spanId: fields.string('spanId'),
      traceFlags: fields.number('traceFlags')
    }
  }
}

function isAttribute(value: unknown): value is AlertAttribute {
  const isList = (items: unknown): boolean => Array.isArray(items) && (items as unknown[]).every(isString)
  return ['string', 'number', 'boolean'].includes(typeof value) || isList(value)
}
