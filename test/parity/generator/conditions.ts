import { perlOperand } from './perl.ts'
import { CONTEXTS, ENTRIES, type World } from './world.ts'

/** A context expression over the case's contexts, true often enough. */
export function makeContextExpression(world: World, hasVariables: boolean): string {
  const { random } = world
  const beforePattern = random.chance(0.25)
  const text = expression(world, hasVariables && !beforePattern, 0)
  return beforePattern ? `[${random.pick(['', ' '])}${text} ]` : text
}

function expression(world: World, hasVariables: boolean, depth: number): string {
  const { random } = world
  const operands = random.times(1, depth === 0 ? 3 : 2, () => operand(world, hasVariables, depth))
  return operands.reduce((left, right) => `${left}${random.pick([' && ', ' || ', ' || ', '||'])}${right}`)
}

function operand(world: World, hasVariables: boolean, depth: number): string {
  const { random } = world
  const not = random.chance(0.45) ? random.pick(['!', '!', '! ']) : ''
  if (depth < 2 && random.chance(0.22)) return `${not}(${expression(world, hasVariables, depth + 1)})`
  if (world.perl && random.chance(0.4)) return `${not}${perlOperand(world, hasVariables)}`
  if (random.chance(0.2)) return `${not}varset ${random.pick(ENTRIES)}`
  return `${not}${contextName(world, hasVariables)}`
}

export function contextName(world: World, hasVariables: boolean): string {
  const { random } = world
  const plain = CONTEXTS.filter(name => hasVariables || !name.includes('$'))
  return random.pick([...plain, ...plain, ...(world.internalContexts ? internalContexts(world) : [])])
}

function internalContexts(world: World): string[] {
  return ['_INTERNAL_EVENT', 'FROM', ...world.sources.map(source => `_FILE_EVENT_${source}`), 'IN1']
}
