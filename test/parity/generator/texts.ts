import { type GeneratedPattern, references } from './patterns.ts'
import { ENTRIES, VARIABLES, type World } from './world.ts'

/** What a text of a rule may refer to. */
export interface Scope {
  readonly pattern: GeneratedPattern | undefined
  /** The first pattern of a Pair or PairWithWindow, where its shadowed variables may be named. */
  readonly shadowed?: GeneratedPattern
  /** Events may be made and programs run: see `World`. */
  readonly strict: boolean
}

const TIME_VARIABLES = [
  '%t',
  '%.sec',
  '%.min',
  '%.hour',
  '%.hmsstr',
  '%.mday',
  '%.mdaystr',
  '%.mon',
  '%.monstr'
]
const MORE_TIME_VARIABLES = ['%.year', '%.wday', '%.wdaystr', '%.tzname', '%.tzoff', '%.tzoff2', '%{.hour}h']
const CHARACTERS = ['%.sp', '%.tab', '%.chr33', '%{.chr65}', '%.chr233', '%.cr']

/** A text of an action: words, match variables, action list variables, masks. */
export function makeText(world: World, scope: Scope): string {
  const { random } = world
  return random.times(1, 3, () => piece(world, scope)).join(random.pick([' ', ' ', ',', '']))
}

function piece(world: World, scope: Scope): string {
  const { random } = world
  switch (random.weighted({ match: 5, s: 2, u: 2, time: 1.5, variable: 3, mask: 0.7, character: 0.4 })) {
    case 'match':
      return matchVariable(world, scope)
    case 's':
      return random.pick(['%s', '%{s}'])
    case 'u':
      return '%u'
    case 'time':
      return random.pick(random.chance(0.5) ? TIME_VARIABLES : MORE_TIME_VARIABLES)
    case 'variable':
      return random.pick([`%${random.pick(VARIABLES)}`, `%{${random.pick(VARIABLES)}}x`])
    case 'mask':
      return random.pick(['$$1', '%%u', '%%%u', '$$$1', '%%%%', '$$', '%%'])
    case 'character':
      return random.pick(CHARACTERS)
  }
}

export function matchVariable(world: World, { pattern, shadowed }: Scope): string {
  const { random } = world
  if (random.chance(0.15)) return `$:{${random.pick(ENTRIES)}:${random.pick(['n', 'm', '1', '0'])}}`
  if (shadowed !== undefined && random.chance(0.4)) {
    if (random.chance(0.1)) return `%:{${random.pick(ENTRIES)}:${random.pick(['n', '1'])}}`
    return random.pick([...references(shadowed, '%'), '%0', '%%1'])
  }
  if (pattern === undefined || random.chance(0.15)) return random.pick(['$0', '$+{_inputsrc}', '$+{none}'])
  if (random.chance(0.05)) return '$+{_intcontext}'
  return random.pick(references(pattern, '$'))
}

/** A value of one line, for texts that become events: a second line could begin like a line of input. */
export function eventValue({ random }: World): string {
  return random.pick(['$1', '$1', '$2', '${1}', '$+{who}', '$+{num}', '%u'])
}
