import { raiseInstead } from '../alerts/raise.ts'
import { debug } from '../core.ts'
import type { ActionScope } from './scope.ts'
import { fileName, textOrDescription } from './parameters.ts'
import { action } from './syntax.ts'

export const write = action('write', { path: fileName, text: textOrDescription }, ({ path, text }, scope) => {
  writeTo('write', scope.text(path), scope.text(text), scope)
})

export const writen = action(
  'writen',
  { path: fileName, text: textOrDescription },
  ({ path, text }, scope) => {
    writeTo('writen', scope.text(path), scope.text(text), scope)
  }
)

export const owritecl = action(
  'owritecl',
  { path: fileName, text: textOrDescription },
  ({ path, text }, scope) => {
    const name = scope.text(path)
    const data = scope.text(text)
    debug(scope.core, () => `Writing event '${data}' to file '${name}'`)
    scope.core.host.effect({ type: 'write-close', path: name, data })
  }
)

export const closef = action('closef', { path: fileName }, ({ path }, scope) => {
  const name = scope.text(path)
  debug(scope.core, () => `Closing file '${name}'`)
  scope.core.host.effect({ type: 'close', path: name })
})

function writeTo(action: 'write' | 'writen', path: string, text: string, scope: ActionScope): void {
  const { core } = scope
  if (path === '-' && raiseInstead('write', { action, body: text }, scope)) return
  debug(core, () => `Writing event '${text}' to file '${path}'`)
  if (action === 'writen') core.host.effect({ type: 'write', path, data: text })
  else core.host.effect({ type: 'write', path, data: `${text}\n`, isLine: true })
}
