import { isTrue } from '../action-variables.ts'
import { readVariable } from './parameters.ts'
import { GROUP, takeGroups } from './parentheses.ts'
import { type ActionType, action, NO_MATCH, nothing, type ParameterSource } from './syntax.ts'

const IF_USAGE = 'if %<variable> ( <action list> ) [ else ( <action list> ) ]'
const WHILE_USAGE = 'while %<variable> ( <action list> )'

// What takeGroups leaves of the two.
const WHILE_FORM = new RegExp(`^([^ \\t\\n\\r\\f\\v]+)[ \\t\\n\\r\\f\\v]+${GROUP}$`)
const IF_FORM = new RegExp(
  `^([^ \\t\\n\\r\\f\\v]+)[ \\t\\n\\r\\f\\v]+${GROUP}(?:[ \\t\\n\\r\\f\\v]+else[ \\t\\n\\r\\f\\v]+${GROUP})?$`,
  'i'
)

export const none = action('none', {}, nothing)
export const breakLoop = flow('break')
export const continueLoop = flow('continue')

export const ifElse: ActionType<'if'> = {
  name: 'if',
  usage: IF_USAGE,
  parse(source) {
    const form = takeForm(source, IF_FORM, IF_USAGE)
    if (form === undefined) return undefined
    const name = readVariable(form.word, source)
    const actions = name === NO_MATCH ? undefined : source.list(form.blocks[0] ?? '')
    const otherwise = actions && source.list(form.blocks[1] ?? '')
    if (name === NO_MATCH || actions === undefined || otherwise === undefined) return undefined
    if (actions.length === 0 && otherwise.length === 0) {
      source.fault('empty action lists given for if-else')
      return undefined
    }
    return { type: 'if', variable: name, actions, ...(otherwise.length > 0 && { otherwise }) }
  },
  run(definition, scope) {
    const condition = isTrue(scope.core.variables.get(definition.variable))
    return scope.run(condition ? definition.actions : (definition.otherwise ?? []))
  }
}

export const whileLoop: ActionType<'while'> = {
  name: 'while',
  usage: WHILE_USAGE,
  parse(source) {
    const form = takeForm(source, WHILE_FORM, WHILE_USAGE)
    if (form === undefined) return undefined
    const name = readVariable(form.word, source)
    if (name === NO_MATCH) return undefined
    const block = form.blocks[0] ?? ''
    if (/^[ \t\n\r\f\v]*$/.test(block)) {
      source.fault('empty action list given for while')
      return undefined
    }
    const actions = source.list(block)
    return actions && { type: 'while', variable: name, actions }
  },
  run(definition, scope) {
    while (isTrue(scope.core.variables.get(definition.variable))) {
      if (scope.run(definition.actions) === 'break') break
    }
    return undefined
  }
}

/** An action that ends the running list; outside a loop there is nothing else to end. */
function flow<const Name extends 'break' | 'continue'>(name: Name): ActionType<Name> {
  return { ...action(name, {} as never, nothing), run: () => name }
}

/** `<word> ( block ) [ else ( block ) ]`. Another form is refused without a line of its own, as in SEC. */
function takeForm(
  source: ParameterSource,
  form: RegExp,
  usage: string
): { word: string; blocks: string[] } | undefined {
  const { outer, groups } = takeGroups(source.rest) ?? { outer: '', groups: [] }
  const [, word] = form.exec(outer) ?? []
  if (word === undefined) {
    if (source.rest !== '') source.hint(`expected ${usage}`)
    return undefined
  }
  // A word with parentheses is no variable; it is shown as it was written.
  const inWord = word.split(GROUP).length - 1
  return {
    word: groups.slice(0, inWord).reduce((text, group) => text.replace(GROUP, () => `(${group})`), word),
    blocks: groups.slice(inWord)
  }
}
