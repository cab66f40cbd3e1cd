import type { ActionListDefinition } from '../actions/definition.ts'
import type { Context, ExpiryActions } from '../contexts/store.ts'
import type { Core } from '../core.ts'
import { isAction } from '../state/forms.ts'

/**
 * A context as Perl code has it in `%main::context_list`, which SEC's manual shows how to save and restore. Source: SEC manual, "PERL
 * INTEGRATION"; the names of the fields are those that SEC's own hashes have.
 */
export interface PerlContext {
  /** Of this process: what has it is one context under several names. `undefined`: it is new. */
  readonly id: number | undefined
  readonly isInternal: boolean
  /** `Aliases`: every name that it has. For reading only. */
  readonly names: readonly string[]
  /** `Time`: seconds since Epoch. */
  readonly created: number
  /** `Window`: seconds, 0 is for ever. */
  readonly lifetime: number
  /** `Desc`: what `%s` stands for in its actions. */
  readonly description: string
  /** `Action`: as JSON, of no use but to be kept. */
  readonly actions: string
  /** `Buffer` and `Times`. */
  readonly events: readonly { readonly text: string; readonly time: number }[]
}

/** The contexts, for Perl code. */
export interface PerlContexts {
  /** Every name, aliases included, that of the line's own context too. */
  names(): readonly string[]
  find(name: string): PerlContext | undefined
  /** Makes a context, changes the one of this name, or gives the one with this id another name. False: it can't be. */
  set(name: string, context: PerlContext): boolean
  /** Takes the name away, and with its last name the context. */
  delete(name: string): void
}

export function perlContexts(core: Core): PerlContexts {
  const { contexts } = core
  return {
    names: () => contexts.names(),
    find(name) {
      const internal = contexts.findInternal(name)
      if (internal !== undefined) {
        const { created } = internal
        return {
          ...NOTHING,
          id: undefined,
          isInternal: true,
          names: [name],
          created,
          description: 'SEC internal'
        }
      }
      const context = contexts.find(name)
      return context && described(context)
    },
    set(name, given) {
      if (given.isInternal || contexts.findInternal(name) !== undefined) return false
      const before = contexts.find(name)
      if (before !== undefined && contexts.isExpiring(before)) return false
      const expiry = expiryOf(given, before?.expiry)
      if (expiry === 'faulty') return false
      if (before === undefined) {
        const other = given.id === undefined ? undefined : contexts.byId.get(given.id)
        if (other !== undefined && !contexts.isExpiring(other)) {
          contexts.addName(other, name)
          return true
        }
        change(contexts.create(name, given.created, given.lifetime, expiry), given, core)
        return true
      }
      before.created = given.created
      before.lifetime = given.lifetime
      before.expiry = expiry
      change(before, given, core)
      return true
    },
    delete(name) {
      const context = contexts.find(name)
      if (context === undefined || contexts.isExpiring(context)) return
      contexts.removeName(context, name)
    }
  }
}

const NOTHING = { created: 0, lifetime: 0, description: '', actions: '', events: [] } as const

function described(context: Context): PerlContext {
  const { id, names, created, lifetime, expiry, events } = context
  return {
    id,
    names,
    isInternal: false,
    created,
    lifetime,
    description: expiry?.description ?? '',
    actions: expiry === undefined ? '' : JSON.stringify(expiry),
    events: events.items
  }
}

function expiryOf(
  given: PerlContext,
  before: ExpiryActions | undefined
): ExpiryActions | undefined | 'faulty' {
  if (given.actions === '') return undefined
  if (before !== undefined && JSON.stringify(before) === given.actions) {
    return { ...before, description: given.description }
  }
  const actions = readActions(given.actions)
  // The rule that it was of may be gone, and its number another one's.
  return actions === undefined
    ? 'faulty'
    : { actions, description: given.description, rule: -1, identity: '' }
}

function readActions(json: string): ActionListDefinition | undefined {
  try {
    const { actions } = JSON.parse(json) as { readonly actions: unknown }
    return Array.isArray(actions) && actions.every(isAction) ? actions : undefined
  } catch {
    return undefined
  }
}

function change(context: Context, { events }: PerlContext, { contexts }: Core): void {
  context.events.clear()
  for (const { text, time } of events) context.events.push({ text, time })
  contexts.reschedule(context)
}
