import type { ActionListDefinition } from './definition.ts'
import { type ActionSyntax, action, NO_MATCH, type ParameterSource, variable } from './syntax.ts'

export const none = action('none', {})
export const breakLoop = action('break', {})
export const continueLoop = action('continue', {})

export const ifElse: ActionSyntax<'if'> = {
  name: 'if',
  parse(source) {
    const name = variable(source)
    const actions = name === NO_MATCH ? undefined : takeBlock(source)
    if (name === NO_MATCH || actions === undefined) return undefined
    if (source.rest === '') return { type: 'if', variable: name, actions }
    const word = /^else[ \t\n\r\f\v]+(?=\()/i.exec(source.rest)
    if (word === null) return undefined
    source.rest = source.rest.slice(word[0].length)
    const otherwise = takeBlock(source)
    if (otherwise === undefined || source.rest !== '') return undefined
    return { type: 'if', variable: name, actions, otherwise }
  }
}

export const whileLoop: ActionSyntax<'while'> = {
  name: 'while',
  parse(source) {
    const name = variable(source)
    const actions = name === NO_MATCH ? undefined : takeBlock(source)
    if (name === NO_MATCH || actions === undefined || source.rest !== '') return undefined
    return { type: 'while', variable: name, actions }
  }
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
