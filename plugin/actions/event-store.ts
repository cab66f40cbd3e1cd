import type { Context, StoredEvent } from '../contexts/store.ts'
import { type Core, debug } from '../core.ts'
import { formatCtime } from '../time/format.ts'
import type { ActionOf } from './definition.ts'
import { changeableContext, readableContext } from './find-context.ts'
import { type ActionScope, splitLines } from './scope.ts'
import { contextName, optionalVariable, textOrDescription, timestamp, variable } from './parameters.ts'
import { action } from './syntax.ts'
import { setVariable } from './variables.ts'

export const add = action('add', { name: contextName, text: textOrDescription }, ({ name, text }, scope) => {
  const contextName = scope.text(name)
  const data = scope.text(text)
  debug(scope.core, () => `Adding event(s) '${data}' to context '${contextName}'`)
  store(contextName, data, 'add', scope, (context, added) => {
    for (const event of added) context.events.push(event)
  })
})

export const prepend = action(
  'prepend',
  { name: contextName, text: textOrDescription },
  ({ name, text }, scope) => {
    const contextName = scope.text(name)
    const data = scope.text(text)
    debug(scope.core, () => `Prepending event(s) '${data}' to context '${contextName}'`)
    store(contextName, data, 'prepend', scope, (context, added) => {
      context.events.unshift(added)
    })
  }
)

export const fill = action(
  'fill',
  { name: contextName, text: textOrDescription },
  ({ name, text }, scope) => {
    const contextName = scope.text(name)
    const data = scope.text(text)
    debug(scope.core, () => `Filling context '${contextName}' with event(s) '${data}'`)
    store(contextName, data, 'fill', scope, (context, added) => {
      context.events.clear()
      for (const event of added) context.events.push(event)
    })
  }
)

export const copy = action('copy', { name: contextName, variable }, ({ name, variable: target }, scope) => {
  const contextName = scope.text(name)
  debug(scope.core, () => `Copying context '${contextName}' to variable '%${target}'`)
  const context = readableContext(contextName, scope)
  if (context === undefined) missing(contextName, 'copy', scope.core)
  else setVariable(target, join(context.events.items), scope)
})

export const empty = action(
  'empty',
  { name: contextName, variable: optionalVariable },
  ({ name, variable: target }, scope) => {
    const contextName = scope.text(name)
    debug(scope.core, () => `Emptying the event store of context '${contextName}'`)
    const context = readableContext(contextName, scope)
    if (context === undefined) {
      missing(contextName, 'empty', scope.core)
      return
    }
    if (target !== undefined) setVariable(target, join(context.events.items), scope)
    context.events.clear()
    scope.core.contexts.changed(context)
  }
)

export const pop = action('pop', { name: contextName, variable }, (definition, scope) => {
  take(definition, 'Pop the last', events => events.pop(), scope)
})

export const shift = action('shift', { name: contextName, variable }, (definition, scope) => {
  take(definition, 'Shift the first', events => events.shift(), scope)
})

export const trim = action(
  'trim',
  { time: timestamp, name: contextName, variable: optionalVariable },
  ({ time, name, variable: target }, scope) => {
    const { core } = scope
    const limit = scope.text(time)
    const contextName = scope.text(name)
    debug(core, () => `Trimming context '${contextName}' event store by timestamp '${limit}'`)
    const context = readableContext(contextName, scope)
    if (context === undefined) {
      missing(contextName, 'trim', core)
      return
    }
    const seconds = parseTrimTime(limit, context.created, core.now)
    if (seconds === undefined) {
      core.host.log(3, `Invalid timestamp '${limit}' for trimming context '${contextName}'`)
      return
    }
    const removed = context.events.keep(event => event.time >= seconds)
    core.contexts.changed(context)
    debug(core, () => {
      const date = formatCtime(core.timeZone.localTime(seconds))
      return `Trimmed ${removed.length} element(s) older than '${date}' from context '${contextName}' event store`
    })
    if (target !== undefined) setVariable(target, join(removed), scope)
  }
)

/** `N`, `-N` before now, `+N` after the context's creation; seconds since Epoch. */
function parseTrimTime(text: string, created: number, now: number): number | undefined {
  const [, sign, digits] = /^([+-]?)([0-9]+)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  if (sign === '-') return now - Number(digits)
  return sign === '+' ? created + Number(digits) : Number(digits)
}

/** Moves one string from a context's store into a variable. */
function take(
  { type, name, variable: target }: ActionOf<'pop'> | ActionOf<'shift'>,
  what: string,
  takeFrom: (events: Context['events']) => StoredEvent | undefined,
  scope: ActionScope
): void {
  const contextName = scope.text(name)
  debug(
    scope.core,
    () => `${what} element of context '${contextName}' event store into variable '%${target}'`
  )
  const context = readableContext(contextName, scope)
  if (context === undefined) {
    missing(contextName, type, scope.core)
    return
  }
  const taken = takeFrom(context.events)
  scope.core.contexts.changed(context)
  setVariable(target, taken?.text ?? '', scope)
}

/** Puts the lines of `text` into a context's store, creating the context if need be. All of them or none fit. */
function store(
  name: string,
  text: string,
  actionName: string,
  scope: ActionScope,
  put: (context: Context, added: StoredEvent[]) => void
): void {
  const { contexts, host, now, settings } = scope.core
  const found = changeableContext(name, actionName, scope)
  if (found === 'internal') return
  const context: Context = found ?? contexts.create(name, now, 0, undefined)
  const added = splitLines(text).map(line => ({ text: line, time: now }))
  const size = added.length + (actionName === 'fill' ? 0 : context.events.length)
  if (settings.eventStoreSize > 0 && size > settings.eventStoreSize) {
    host.log(3, `Can't ${actionName} event(s) '${text}' to context '${name}', store full`)
    return
  }
  put(context, added)
  contexts.changed(context)
  scope.core.warnOfGrowth(`events in context '${name}'`, context.events.length)
}

function join(events: readonly StoredEvent[]): string {
  return events.map(event => event.text).join('\n')
}

function missing(name: string, what: string, { host }: Core): void {
  host.log(3, `Context '${name}' does not exist, can't ${what}`)
}
