import { splitWords } from '../ascii-space.ts'
import type { ActionListDefinition } from '../actions/definition.ts'
import { parseActionList } from '../actions/parser.ts'
import type { ContextExpressionDefinition } from '../contexts/definition.ts'
import { parseContextExpression } from '../contexts/parser.ts'
import { type Field, type Keyword, REFUSED, type RuleReport } from './syntax.ts'

const required = (name: string): Keyword => ({ name, required: true })
const optional = (name: string): Keyword => ({ name, required: false })

/** A template. */
export function text(name: string): Field<string> {
  return { keywords: [required(name)], read: fields => fields.get(name) ?? '' }
}

export function optionalText(name: string): Field<string | undefined> {
  return { keywords: [optional(name)], read: fields => fields.get(name) }
}

/** Words separated by whitespace; none where the field is missing. */
export function words(name: string): Field<readonly string[]> {
  return { keywords: [optional(name)], read: fields => splitWords(fields.get(name) ?? '') }
}

export function actionList(name: string): Field<ActionListDefinition> {
  return {
    keywords: [required(name)],
    read: (fields, report) => readActionList(fields.get(name) ?? '', report)
  }
}

/** Empty where the field is missing. */
export function optionalActionList(name: string): Field<ActionListDefinition> {
  return {
    keywords: [optional(name)],
    read(fields, report) {
      const value = fields.get(name)
      return value === undefined ? [] : readActionList(value, report)
    }
  }
}

function readActionList(value: string, report: RuleReport): ActionListDefinition | typeof REFUSED {
  return parseActionList(value, report) ?? REFUSED
}

export function optionalContext(name: string): Field<ContextExpressionDefinition | undefined> {
  return {
    keywords: [optional(name)],
    read(fields, report) {
      const value = fields.get(name)
      return value === undefined ? undefined : (parseContextExpression(value, report) ?? REFUSED)
    }
  }
}

/** An integer constant. `what` is SEC's name for it, such as `time window`. */
export function integer(name: string, what: string, minimum: 0 | 1): Field<number> {
  return {
    keywords: [required(name)],
    read: (fields, report) => readInteger(fields.get(name) ?? '', what, minimum, report)
  }
}

export function optionalInteger(name: string, what: string, minimum: 0 | 1, missing: number): Field<number> {
  return {
    keywords: [optional(name)],
    read(fields, report) {
      const value = fields.get(name)
      return value === undefined ? missing : readInteger(value, what, minimum, report)
    }
  }
}

function readInteger(
  value: string,
  what: string,
  minimum: 0 | 1,
  report: RuleReport
): number | typeof REFUSED {
  if (/^[0-9]+$/.test(value) && Number(value) >= minimum) return Number(value)
  report.error(`Invalid ${what} ' ${value} '; expected an integer of at least ${minimum}`)
  return REFUSED
}

export function yesOrNo(name: string, missing: boolean): Field<boolean> {
  return {
    keywords: [optional(name)],
    read(fields, report) {
      const value = fields.get(name)
      const answer = value === undefined ? missing : readYesOrNo(value)
      if (answer !== undefined) return answer
      report.error(`Invalid ${name} value ' ${value} '; expected Yes or No`)
      return REFUSED
    }
  }
}

export function readYesOrNo(value: string): boolean | undefined {
  const answer = value.toLowerCase()
  return answer === 'yes' ? true : answer === 'no' ? false : undefined
}
