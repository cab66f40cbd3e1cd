import type { ActionListDefinition } from './definition.ts'
import { isTrue } from '../action-variables.ts'
import { type ActionType, action, NO_MATCH, nothing, type ParameterSource, variable } from './syntax.ts'

export const none = action('none', {}, nothing)
export const breakLoop = flow('break')
export const continueLoop = flow('continue')

export const ifElse: ActionType<'if'> = {
  name: 'if',
  usage: 'if %<variable> ( <action list> ) [ else ( <action list> ) ]',
  parse(source) {
    const name = variable.read(source)
    const actions = name === NO_MATCH ? undefined : takeBlock(source)
    if (name === NO_MATCH || actions === undefined) return undefined
    if (source.rest === '') return { type: 'if', variable: name, actions }
    const word = /^else[ \t\n\r\f\v]+(?=\()/i.exec(source.rest)
    if (word === null) return undefined
    source.rest = source.rest.slice(word[0].length)
    const otherwise = takeBlock(source)
    if (otherwise === undefined || source.rest !== '') return undefined
    return { type: 'if', variable: name, actions, otherwise }
  },
  run(definition, scope) {
    const condition = isTrue(scope.core.variables.get(definition.variable))
    return scope.run(condition ? definition.actions : (definition.otherwise ?? []))
  }
}

export const whileLoop: ActionType<'while'> = {
  name: 'while',
  usage: 'while %<variable> ( <action list> )',
  parse(source) {
    const name = variable.read(source)
    const actions = name === NO_MATCH ? undefined : takeBlock(source)
    if (name === NO_MATCH || actions === undefined || source.rest !== '') return undefined
    return { type: 'while', variable: name, actions }
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

/** `( action list )` up to its own closing parenthesis. */
function takeBlock(source: ParameterSource): ActionListDefinition | undefined {
  if (!source.rest.startsWith('(')) return undefined
  let depth = 0
  for (let index = 0; index < source.rest.length; index++) {
    if (source.rest[index] === '(') depth++
    else if (source.rest[index] === ')' && --depth === 0) {
      const text = source.rest.slice(1, index)
      source.rest = source.rest.slice(index + 1).replace(/^[ \t\n\r\f\v]+/, '')
      return source.list(text)
    }
  }
  return undefined
}
