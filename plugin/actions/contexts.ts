import type { Context } from '../contexts/store.ts'
import { debug } from '../core.ts'
import type { ActionListDefinition } from './definition.ts'
import { changeableContext } from './find-context.ts'
import type { ActionScope } from './scope.ts'
import { contextName, optionalList, word, wordOr } from './parameters.ts'
import { action } from './syntax.ts'

export const create = action(
  'create',
  { name: wordOr('%s'), time: wordOr('0'), actions: optionalList },
  ({ name, time, actions }, scope) => {
    createContext(scope.text(name), scope.text(time), actions, scope)
  }
)

export const deleteContext = action('delete', { name: wordOr('%s') }, ({ name }, scope) => {
  const { core } = scope
  const contextName = scope.text(name)
  debug(core, () => `Deleting context '${contextName}'`)
  const context = droppableContext(contextName, 'delete', scope)
  if (context === undefined) return
  core.contexts.remove(context)
  for (const each of context.names) debug(core, () => `Context '${each}' deleted`)
})

export const obsolete = action('obsolete', { name: wordOr('%s') }, ({ name }, scope) => {
  const { core } = scope
  const contextName = scope.text(name)
  debug(core, () => `Obsoleting context '${contextName}'`)
  const context = droppableContext(contextName, 'obsolete', scope)
  if (context !== undefined) core.expireContext(context, contextName)
})

export const set = action(
  'set',
  { name: contextName, time: word('lifetime'), actions: optionalList },
  ({ name, time, actions }, scope) => setContext(scope.text(name), scope.text(time), actions, scope)
)

export const alias = action(
  'alias',
  { name: contextName, alias: wordOr('%s') },
  ({ name, alias: to }, scope) => {
    const { core } = scope
    const contextName = scope.text(name)
    const newName = scope.text(to)
    debug(core, () => `Creating alias '${newName}' for context '${contextName}'`)
    const context = changeableContext(contextName, 'alias', scope)
    if (context === 'internal') return
    if (context === undefined) {
      core.host.log(3, `Context '${contextName}' does not exist, can't create alias`)
    } else if (
      core.contexts.find(newName) !== undefined ||
      core.contexts.findInternal(newName) !== undefined
    ) {
      debug(core, () => `Alias '${newName}' already exists`)
    } else {
      core.contexts.addName(context, newName)
    }
  }
)

export const unalias = action('unalias', { alias: wordOr('%s') }, ({ alias: name }, scope) => {
  const { core } = scope
  const oldName = scope.text(name)
  debug(core, () => `Removing alias '${oldName}'`)
  const context = changeableContext(oldName, 'unalias', scope)
  if (context === 'internal') return
  if (context === undefined || core.contexts.isExpiring(context)) {
    debug(
      core,
      () => `Alias '${oldName}' does not exist or the referred context is already going through deletion`
    )
    return
  }
  core.contexts.removeName(context, oldName)
  if (context.names.length === 0) debug(core, () => `Alias '${oldName}' was the last reference to a context`)
})

/** The context that an action is to drop; one that expires already is none. */
function droppableContext(name: string, actionName: string, scope: ActionScope): Context | undefined {
  const { core } = scope
  const context = changeableContext(name, actionName, scope)
  if (context === 'internal') return undefined
  if (context !== undefined && !core.contexts.isExpiring(context)) return context
  debug(core, () => `Context '${name}' does not exist or is already going through deletion`)
  return undefined
}

function createContext(
  name: string,
  time: string,
  actions: ActionListDefinition | undefined,
  scope: ActionScope
): void {
  const { core } = scope
  debug(core, () => `Creating context '${name}'`)
  const context = changeableContext(name, 'create', scope)
  if (context === 'internal') return
  const lifetime = parseLifetime(time)
  if (lifetime === undefined) {
    core.host.log(3, `Invalid lifetime '${time}' for context '${name}', can't create`)
    return
  }
  const expiry = actions === undefined ? undefined : scope.expiryActions(actions)
  if (context === undefined) {
    core.contexts.create(name, core.now, lifetime, expiry)
    return
  }
  // All its names go on referring to it, and while it expires it can be filled again but not saved.
  context.created = core.now
  context.lifetime = lifetime
  context.expiry = expiry
  context.events.clear()
  core.contexts.reschedule(context)
}

function setContext(
  name: string,
  time: string,
  actions: ActionListDefinition | undefined,
  scope: ActionScope
): void {
  const { core } = scope
  debug(core, () => `Changing settings for context '${name}'`)
  const context = changeableContext(name, 'set', scope)
  if (context === 'internal') return
  const lifetime = time === '-' ? '-' : parseLifetime(time)
  if (lifetime === undefined) {
    core.host.log(3, `Invalid lifetime '${time}' for context '${name}', can't change settings`)
    return
  }
  if (context === undefined) {
    core.host.log(3, `Context '${name}' does not exist, can't change settings`)
    return
  }
  if (lifetime !== '-') {
    context.created = core.now
    context.lifetime = lifetime
    core.contexts.reschedule(context)
  }
  if (actions === undefined) return
  context.expiry = scope.expiryActions(actions)
  core.contexts.changed(context)
}

/**
 * Whole seconds, 0 for ever; `undefined` for anything else. Capped, since JSON has no infinity.
 */
export function parseLifetime(text: string): number | undefined {
  return /^[0-9]+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined
}
