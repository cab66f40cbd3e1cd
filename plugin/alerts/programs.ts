import type { ActionDefinition } from '../actions/definition.ts'
import { everyAction } from '../actions/every-action.ts'
import type { RuleDefinition, RuleFileDefinition } from '../rules/definition.ts'
import type { NotificationKind, StageSettings } from './settings.ts'

/** A rule that would run programs. */
export interface ProgramRule {
  readonly file: string
  /** Its first line, from 1. */
  readonly line: number
  /** Which actions would, or `SingleWithScript`; each once. */
  readonly origins: readonly string[]
}

/** The rules that would run programs if they might: what becomes an alert runs none. */
export function rulesThatRunPrograms(
  files: readonly RuleFileDefinition[],
  { alertsFrom }: Pick<StageSettings, 'alertsFrom'>
): ProgramRule[] {
  return files.flatMap(({ name, rules }) => {
    const kinds = alertsFrom(name)
    return rules.flatMap(rule => {
      const origins = [...new Set(originsIn(rule, kinds))]
      return origins.length === 0 ? [] : [{ file: name, line: rule.line, origins }]
    })
  })
}

/** What is to be said about such a rule when it is loaded and no programs are allowed. */
export function programsWarning({ file, line, origins }: ProgramRule): string {
  const script = origins.includes('SingleWithScript') ? '; its action lists will not run either' : ''
  return `Rule in ${file} at line ${line}: runs programs (${origins.join(', ')}), which this stage does not allow${script}`
}

function originsIn(rule: RuleDefinition, kinds: ReadonlySet<NotificationKind>): string[] {
  // Its lists would run when its program ends.
  if (rule.type === 'SingleWithScript') return [rule.type]
  return everyAction(rule)
    .filter(action => runsProgram(action, kinds))
    .map(action => action.type)
}

function runsProgram(action: ActionDefinition, kinds: ReadonlySet<NotificationKind>): boolean {
  switch (action.type) {
    case 'pipe':
    case 'pipeexec':
      return action.command !== undefined && !kinds.has('pipe')
    case 'report':
    case 'reportexec':
      return action.command !== undefined && !kinds.has('report')
    case 'shellcmd':
    case 'cmdexec':
      return !kinds.has('shellcmd')
    case 'spawn':
    case 'spawnexec':
    case 'cspawn':
    case 'cspawnexec':
      return true
    default:
      return false
  }
}
