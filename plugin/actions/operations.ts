import { type Core, debug } from '../core.ts'
import type { Operation } from '../operations.ts'
import { formatCtime } from '../time/format.ts'
import type { ActionScope } from './scope.ts'
import { takeMatch, textOrDescription, timestamp, variable } from './parameters.ts'
import { action, NO_MATCH, type Parameter } from './syntax.ts'
import { setVariable } from './variables.ts'

const OFFSET = /^([+-]?[0-9]+)(?:$|[ \t\n\r\f\v]+)/

/** `N`, `0`, `+N` or `-N`. */
const ruleOffset: Parameter<string> = {
  form: name => `<${name}>`,
  take: source => takeMatch(source, OFFSET) ?? NO_MATCH,
  read: text => text ?? NO_MATCH
}

const optionalRuleOffset: Parameter<string | undefined> = {
  form: name => `[<${name}>]`,
  take: source => takeMatch(source, OFFSET),
  read: text => text
}

export const reset = action(
  'reset',
  { offset: optionalRuleOffset, text: textOrDescription },
  ({ offset, text }, scope) => {
    const { core } = scope
    const description = scope.text(text)
    if (offset !== undefined) {
      const target = operationAt(offset, description, scope)
      debug(core, () => `Terminating event correlation operation '${target.key}'`)
      if (target.operation !== undefined) core.operations.end(target.operation)
      return
    }
    const { fileName, rules } = fileOf(scope)
    debug(
      core,
      () =>
        `Terminating all event correlation operations started from ${fileName} with operation description string '${description}'`
    )
    for (const rule of rules) {
      const operation = core.operations.find(rule.id, description)
      if (operation !== undefined) core.operations.end(operation)
    }
  }
)

export const getwpos = action(
  'getwpos',
  { variable, offset: ruleOffset, text: textOrDescription },
  ({ variable: target, offset, text }, scope) => {
    const { core } = scope
    const { key, operation } = operationAt(offset, scope.text(text), scope)
    debug(core, () => `Getting event correlation window position for operation '${key}'`)
    if (operation !== undefined) setVariable(target, String(operation.windowStart), scope)
    else core.host.log(3, `Operation '${key}' does not exist, can't get window position`)
  }
)

export const setwpos = action(
  'setwpos',
  { time: timestamp, offset: ruleOffset, text: textOrDescription },
  ({ time, offset, text }, scope) => {
    const { core } = scope
    const position = scope.text(time)
    const { key, operation } = operationAt(offset, scope.text(text), scope)
    if (!/^[0-9]+$/.test(position)) {
      core.host.log(3, `Invalid timestamp '${position}' for moving the window of operation '${key}'`)
      return
    }
    const seconds = Number(position)
    const date = (): string => formatCtime(core.timeZone.localTime(seconds))
    debug(core, () => `Moving event correlation window to '${date()}' for operation '${key}'`)
    if (operation === undefined) {
      core.host.log(3, `Operation '${key}' does not exist, can't set window position`)
    } else if (core.isEnding(operation)) {
      core.host.log(3, `Operation '${key}' is terminating, can't set window position`)
    } else if (seconds > core.now) {
      core.host.log(3, `Can't move event correlation window into future to '${date()}'`)
    } else if (seconds < operation.windowStart) {
      core.host.log(3, `Can't move event correlation window backwards to '${date()}'`)
    } else if (seconds === operation.windowStart) {
      debug(core, () => `Event correlation window is already positioned at '${date()}'`)
    } else {
      core.moveWindow(operation, seconds)
    }
  }
)

interface Target {
  /** The operation's key as SEC shows it. */
  readonly key: string
  readonly operation: Operation | undefined
}

/** The operation that an offset means, counted from the rule whose action list runs. */
function operationAt(offset: string, description: string, scope: ActionScope): Target {
  const { fileName, rules } = fileOf(scope)
  const current = rules.findIndex(rule => rule.id === scope.rule)
  const relative = offset.startsWith('+') || offset.startsWith('-') || Number(offset) === 0
  const number = relative ? current + Number(offset) : Number(offset) - 1
  const rule = rules[number]
  return {
    key: `${fileName} | ${number} | ${description}`,
    operation: rule === undefined ? undefined : scope.core.operations.find(rule.id, description)
  }
}

function fileOf({ core, rule }: ActionScope): { fileName: string; rules: Core['ruleSet']['rules'] } {
  const file = core.ruleSet.fileOf(rule)
  return { fileName: file.name, rules: file.rules }
}
