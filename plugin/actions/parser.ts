import type { ActionDefinition, ActionListDefinition } from './definition.ts'
import { actions } from './registry.ts'
import { maskParentheses, restoreParentheses } from './parentheses.ts'
import type { ActionType, ParameterSource } from './syntax.ts'

/** What the parser of an action list says, in SEC's words. */
export interface ActionReport {
  error(message: string): void
  notYet(message: string): void
}

const KEYWORDS: ReadonlyMap<string, ActionType> = new Map(Object.entries(actions))

/** Parses the value of an `action`-like field. `undefined`: it is faulty, and the report was told why. */
export function parseActionList(text: string, report: ActionReport): ActionListDefinition | undefined {
  return parseList(maskParentheses(text), report)
}

function parseList(text: string, report: ActionReport): ActionListDefinition | undefined {
  const parts = splitActions(text)
  if (parts === undefined) {
    report.error(`Unbalanced parentheses found in action list '${restoreParentheses(text)}'`)
    return undefined
  }
  const list: ActionDefinition[] = []
  for (const part of parts) {
    const definition = parseAction(part, report)
    if (definition === undefined) return undefined
    list.push(definition)
  }
  return list
}

/** At the semicolons outside parentheses; what follows the last one does not count if empty. */
function splitActions(text: string): string[] | undefined {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '(') depth++
    else if (character === ')' && --depth < 0) return undefined
    else if (character === ';' && depth === 0) {
      parts.push(trim(text.slice(start, index)))
      start = index + 1
    }
  }
  if (depth > 0) return undefined
  const last = trim(text.slice(start))
  if (last !== '' || parts.length === 0) parts.push(last)
  return parts
}

function parseAction(text: string, report: ActionReport): ActionDefinition | undefined {
  const [, keyword = '', rest = ''] = /^([A-Za-z0-9]*)(?:[ \t\n\r\f\v]+([^]*))?$/.exec(text) ?? []
  const syntax = KEYWORDS.get(keyword.toLowerCase())
  let explained = false
  const source: ParameterSource = {
    rest,
    list: inner => {
      explained = true
      return parseList(inner, report)
    },
    fault: message => {
      explained = true
      report.error(message)
    }
  }
  const definition = syntax?.parse(source)
  if (definition === undefined && !explained) {
    const expected = syntax === undefined ? `there is no action "${keyword}"` : `expected ${syntax.usage}`
    report.error(`Invalid action '${restoreParentheses(text)}'; ${expected}`)
  }
  if (definition !== undefined && syntax?.notYet !== undefined) {
    report.notYet(`action "${syntax.name}" ${syntax.notYet}`)
  }
  return definition
}

function trim(text: string): string {
  return text.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, '')
}
