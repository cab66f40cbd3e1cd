import { debug } from '../core.ts'
import { type ActionScope, quote } from './scope.ts'
import { textOrDescription, variable, word } from './parameters.ts'
import { action } from './syntax.ts'

export const assign = action(
  'assign',
  { variable, text: textOrDescription },
  ({ variable: name, text }, scope) => assignText(name, scope.text(text), scope)
)

export const assignsq = action(
  'assignsq',
  { variable, text: textOrDescription },
  ({ variable: name, text }, scope) => assignText(name, quote(scope.text(text)), scope)
)

export const free = action('free', { variable }, ({ variable: name }, { core }) => {
  debug(core, () => `Freeing variable '%${name}'`)
  core.variables.delete(name)
})

export const varset = action(
  'varset',
  { variable, entry: word('pattern match cache entry name') },
  ({ variable: name, entry }, scope) => {
    const { core } = scope
    const entryName = scope.text(entry)
    debug(core, () => `Checking the presence of pattern match cache entry '${entryName}'`)
    setVariable(name, Object.hasOwn(core.cache, entryName) ? '1' : '0', scope)
  }
)

function assignText(name: string, value: string, { core }: ActionScope): void {
  debug(core, () => `Assigning '${value}' to variable '%${name}'`)
  core.variables.set(name, value)
}

/** Sets a variable to what an action has found out. */
export function setVariable(name: string, value: string, { core }: ActionScope): void {
  core.variables.set(name, value)
  debug(core, () => `Variable '%${name}' set to '${value}'`)
}
