import type { StageConfig } from '../config/stage/stage-config.ts'
import type { NotificationKind } from '../plugin/alerts/settings.ts'
import type { ActionDefinition } from '../plugin/actions/definition.ts'
import { everyAction } from '../plugin/actions/every-action.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'

/** Whether standard output carries alerts, or the answers of a standard input that confirms: nothing else may stand between. */
export function isOutputTaken({ sources, sinks }: Pick<StageConfig, 'sources' | 'sinks'>): boolean {
  return (
    sinks.some(({ type }) => type === 'stdout') ||
    sources.some(source => source.type === 'stdin' && source.confirm)
  )
}

/** What is to be said, when they are loaded, about rules that write to a standard output that is taken. */
export function outputWarnings(
  files: readonly RuleFileDefinition[],
  alertsFrom: (file: string) => ReadonlySet<NotificationKind>
): string[] {
  return files.flatMap(({ name, rules }) =>
    rules.flatMap(rule => {
      const writes = everyAction(rule).filter(action => writesToOutput(action, alertsFrom(name)))
      const types = [...new Set(writes.map(({ type }) => type))]
      if (types.length === 0) return []
      return [
        `Rule in ${name} at line ${rule.line}: writes to standard output (${types.join(', ')}), which carries alerts or answers: what does not become an alert (alertsFrom) is logged`
      ]
    })
  )
}

function writesToOutput(action: ActionDefinition, kinds: ReadonlySet<NotificationKind>): boolean {
  switch (action.type) {
    case 'write':
    case 'writen':
      return action.path === '-' && !kinds.has('write')
    case 'owritecl':
      return action.path === '-'
    case 'pipe':
    case 'pipeexec':
      return action.command === undefined && !kinds.has('pipe')
    case 'report':
    case 'reportexec':
      return action.command === undefined && !kinds.has('report')
    default:
      return false
  }
}
