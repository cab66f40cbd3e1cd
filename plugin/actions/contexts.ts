import { action, optionalList, word, wordOr } from './syntax.ts'

export const create = action('create', { name: wordOr('%s'), time: wordOr('0'), actions: optionalList })
export const deleteContext = action('delete', { name: wordOr('%s') })
export const obsolete = action('obsolete', { name: wordOr('%s') })
export const set = action('set', { name: word, time: word, actions: optionalList })
export const alias = action('alias', { name: word, alias: wordOr('%s') })
export const unalias = action('unalias', { alias: wordOr('%s') })
