import type { Context } from '../contexts/store.ts'
import { SegmentedList } from '../state/segmented-list.ts'
import type { ActionScope } from './scope.ts'

/** The context that an action is to change. An internal context can't be changed: that is warned about. */
export function changeableContext(
  name: string,
  action: string,
  { core }: ActionScope
): Context | 'internal' | undefined {
  if (core.contexts.findInternal(name) === undefined) return core.contexts.find(name)
  core.host.log(3, `Invalid use of ${action} action for internal context '${name}'`)
  return 'internal'
}

/** What an action that only reads sees of a context; an internal one is empty and lives for ever. */
export function readableContext(name: string, { core }: ActionScope): Context | undefined {
  const internal = core.contexts.findInternal(name)
  if (internal === undefined) return core.contexts.find(name)
  const { name: own, created } = internal
  return { id: 0, names: [own], created, lifetime: 0, expiry: undefined, events: new SegmentedList() }
}
