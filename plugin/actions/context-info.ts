import { debug } from '../core.ts'
import { formatCtime } from '../time/format.ts'
import { changeableContext, readableContext } from './find-context.ts'
import { parseLifetime } from './contexts.ts'
import { contextName, timestamp, variable, wordOr } from './parameters.ts'
import { action } from './syntax.ts'
import { setVariable } from './variables.ts'

export const exists = action(
  'exists',
  { variable, name: contextName },
  ({ variable: target, name }, scope) => {
    const contextName = scope.text(name)
    debug(scope.core, () => `Checking the presence of context '${contextName}'`)
    setVariable(target, readableContext(contextName, scope) === undefined ? '0' : '1', scope)
  }
)

export const getsize = action(
  'getsize',
  { variable, name: contextName },
  ({ variable: target, name }, scope) => {
    const { core } = scope
    const contextName = scope.text(name)
    debug(core, () => `Finding the size of context '${contextName}' event store`)
    const context = readableContext(contextName, scope)
    if (context !== undefined) {
      setVariable(target, String(context.events.length), scope)
      return
    }
    core.variables.set(target, undefined)
    debug(core, () => `Context '${contextName}' does not exist, variable '%${target}' set to undef`)
  }
)

export const getaliases = action(
  'getaliases',
  { variable, name: contextName },
  ({ variable: target, name }, scope) => {
    const contextName = scope.text(name)
    debug(scope.core, () => `Assigning aliases of context '${contextName}' to variable '%${target}'`)
    const context = readableContext(contextName, scope)
    if (context !== undefined) setVariable(target, context.names.join('\n'), scope)
    else scope.core.host.log(3, `Context '${contextName}' does not exist, can't get aliases`)
  }
)

export const getltime = action(
  'getltime',
  { variable, name: contextName },
  ({ variable: target, name }, scope) => {
    const contextName = scope.text(name)
    debug(scope.core, () => `Assigning the lifetime of context '${contextName}' to variable '%${target}'`)
    const context = readableContext(contextName, scope)
    if (context !== undefined) setVariable(target, String(context.lifetime), scope)
    else scope.core.host.log(3, `Context '${contextName}' does not exist, can't get lifetime`)
  }
)

export const getctime = action(
  'getctime',
  { variable, name: contextName },
  ({ variable: target, name }, scope) => {
    const contextName = scope.text(name)
    debug(
      scope.core,
      () => `Assigning the creation time of context '${contextName}' to variable '%${target}'`
    )
    const context = readableContext(contextName, scope)
    if (context !== undefined) setVariable(target, String(context.created), scope)
    else scope.core.host.log(3, `Context '${contextName}' does not exist, can't get creation time`)
  }
)

export const setltime = action(
  'setltime',
  { name: contextName, time: wordOr('0') },
  ({ name, time }, scope) => {
    const { core } = scope
    const contextName = scope.text(name)
    const seconds = scope.text(time)
    const lifetime = parseLifetime(seconds)
    if (lifetime === undefined) {
      core.host.log(3, `Invalid lifetime '${seconds}' for context '${contextName}'`)
      return
    }
    debug(core, () => `Setting the lifetime of context '${contextName}' to '${lifetime}'`)
    const context = changeableContext(contextName, 'setltime', scope)
    if (context === 'internal') return
    if (context === undefined) {
      core.host.log(3, `Context '${contextName}' does not exist, can't set lifetime`)
      return
    }
    context.lifetime = lifetime
    core.contexts.reschedule(context)
    if (!core.contexts.isDue(context, core.now) || core.contexts.isExpiring(context)) return
    debug(core, () => `Context '${contextName}' has become stale after lifetime adjustment`)
    core.expireContext(context, contextName)
  }
)

export const setctime = action(
  'setctime',
  { time: timestamp, name: contextName },
  ({ time, name }, scope) => {
    const { core } = scope
    const text = scope.text(time)
    const contextName = scope.text(name)
    if (!/^[0-9]+$/.test(text)) {
      core.host.log(3, `Invalid timestamp '${text}' for creation time of context '${contextName}'`)
      return
    }
    const created = Number(text)
    const date = (): string => formatCtime(core.timeZone.localTime(created))
    debug(core, () => `Setting the creation time of context '${contextName}' to '${date()}'`)
    const context = changeableContext(contextName, 'setctime', scope)
    if (context === 'internal') return
    if (context === undefined) {
      core.host.log(3, `Context '${contextName}' does not exist, can't set creation time`)
    } else if (created > core.now) {
      core.host.log(3, `Can't set context creation time into future to '${date()}'`)
    } else if (created < context.created) {
      core.host.log(3, `Can't set context creation time backwards to '${date()}'`)
    } else if (created === context.created) {
      debug(core, () => `Context creation time already set to '${date()}'`)
    } else {
      context.created = created
      core.contexts.reschedule(context)
    }
  }
)
