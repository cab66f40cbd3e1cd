import { trimSpace } from '../ascii-space.ts'
import type { PerlLoader } from '../perl/source.ts'
import type { ActionDefinition, ActionListDefinition } from './definition.ts'
import { maskParentheses, unmaskParentheses } from './parentheses.ts'
import { actions } from './registry.ts'
import type { ActionType, ParameterSource } from './syntax.ts'

/** What the parser of an action list says, in SEC's words. */
export interface ActionReport {
  readonly perl: PerlLoader
  error(message: string): void
  notYet(message: string): void
}

const KEYWORDS: ReadonlyMap<string, ActionType> = new Map(Object.entries(actions))

/** Parses the value of an `action`-like field. `undefined`: it is faulty, and the report was told why. */
export function parseActionList(text: string, report: ActionReport): ActionListDefinition | undefined {
  const parser = new ListParser(report)
  const list = parser.parseList(maskParentheses(text))
  if (list === undefined) report.error(`Invalid action list ' ${text} '${parser.hint}`)
  return list
}

// Deeper lists are refused, so that no rule file can exhaust the stack; SEC has no limit.
const DEEPEST = 500

class ListParser {
  readonly #report: ActionReport
  #depth = 0
  /** What was expected, where no line says it. */
  hint = ''

  constructor(report: ActionReport) {
    this.#report = report
  }

  parseList(text: string): ActionListDefinition | undefined {
    if (this.#depth > DEEPEST) {
      this.hint = `; expected no more than ${DEEPEST} action lists in one another`
      return undefined
    }
    const parts = splitActions(text)
    if (parts === undefined) {
      const value = unmaskParentheses(text)
      this.#report.error(
        `Unbalanced parentheses found in action list '${value}'; expected pairs, or \\( and \\) for single ones`
      )
      return undefined
    }
    this.#depth++
    const list: ActionDefinition[] = []
    for (const part of parts) {
      const definition = this.#parseAction(part)
      if (definition === undefined) return undefined
      list.push(definition)
    }
    this.#depth--
    return list
  }

  #parseAction(text: string): ActionDefinition | undefined {
    const [, keyword = '', rest = ''] = /^([A-Za-z0-9]*)(?:[ \t\n\r\f\v]+([^]*))?$/.exec(text) ?? []
    const type = KEYWORDS.get(keyword.toLowerCase())
    if (type === undefined) {
      this.#report.error(`Invalid action '${unmaskParentheses(text)}'; there is no action of this name`)
      return undefined
    }
    let explained = false
    const source: ParameterSource = {
      action: type.name,
      perl: this.#report.perl,
      rest,
      list: inner => {
        explained = true
        return this.parseList(inner)
      },
      fault: message => {
        explained = true
        this.#report.error(message)
      },
      hint: message => {
        explained = true
        this.hint = `; ${message}`
      }
    }
    const definition = type.parse(source)
    if (definition === undefined) {
      if (!explained) {
        this.#report.error(`Invalid action '${unmaskParentheses(text)}'; expected ${type.usage}`)
      }
    } else if (type.notYet !== undefined) {
      this.#report.notYet(`action "${type.name}" ${type.notYet}`)
    }
    return definition
  }
}

/** At the semicolons outside parentheses; empty parts at the end do not count. */
function splitActions(text: string): string[] | undefined {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index <= text.length; index++) {
    const character = text[index]
    if (character === '(') depth++
    else if (character === ')' && --depth < 0) return undefined
    else if (character === undefined || (character === ';' && depth === 0)) {
      parts.push(trimSpace(text.slice(start, index)))
      start = index + 1
    }
  }
  if (depth > 0) return undefined
  while (parts.at(-1) === '') parts.pop()
  return parts
}
