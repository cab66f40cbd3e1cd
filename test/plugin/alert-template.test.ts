import { expect, test } from 'vitest'
import { compileAlertTemplate } from '../../plugin/alert-template.ts'
import { alertNumber } from '../adapters/contract/sink.ts'

const alert = {
  ...alertNumber(1),
  severityText: 'ERROR',
  severityNumber: 17,
  eventName: 'correlog.alert',
  attributes: { 'correlog.application': 'shop', list: ['a', 'b'], count: 3, yes: true }
}
const rendered = (source: string): string =>
  compileAlertTemplate(source, value => value.toUpperCase() || '-')(alert)

test.each([
  ['alerts', 'alerts'],
  ['a.{severity_text}', 'a.ERROR'],
  ['{application}.{severity_number}.{event_name}', 'SHOP.17.CORRELOG.ALERT'],
  ['{attributes.count}{attributes.yes}{attributes.list}', '3TRUEA B'],
  ['{attributes.none}x', '-x'],
  ['{attributes.toString}', '-']
])('%s', (source, expected) => {
  expect(rendered(source)).toBe(expected)
})

test.each([
  [
    '{body}',
    'unknown field {body}; expected application, event_name, severity_number, severity_text or attributes.<name>'
  ],
  ['a{', '"{" alone in "a{"; expected {field}'],
  ['a}', '"}" alone in "a}"; expected {field}'],
  ['{}', 'unknown field {}']
])('%s is no template', (source, message) => {
  expect(() => rendered(source)).toThrow(message)
})
