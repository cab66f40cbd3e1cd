import { perlPattern } from './perl.ts'
import { ENTRIES, type World } from './world.ts'

/** The fields of one pattern and what they offer to the other fields of the rule. */
export interface GeneratedPattern {
  /** Without numbers: `ptype`, `pattern`, perhaps `varmap`. */
  readonly fields: readonly (readonly [string, string])[]
  /** How many numbered match variables may be set; -1: the pattern type has none, not even `$0`. */
  readonly groups: number
  readonly names: readonly string[]
}

export interface PatternWishes {
  /** Matches lines of input only: see `World`. */
  readonly strict: boolean
  /** The pattern whose values may stand in this one, of a Pair or PairWithWindow. */
  readonly first?: GeneratedPattern
}

export function makePattern(world: World, wishes: PatternWishes): GeneratedPattern {
  const { random } = world
  if (world.perl && random.chance(0.35)) return perlPattern(world, wishes.strict)
  if (wishes.strict) return regExp(world, wishes)
  const kind = random.weighted({
    regExp: 10,
    subStr: 4,
    cached: 3,
    nRegExp: 3,
    nSubStr: 3.6,
    nCached: 0.8,
    tValue: 1.2
  })
  switch (kind) {
    case 'regExp':
      return regExp(world, wishes)
    case 'subStr':
      return plain(lined(world, 'SubStr'), subStr(world, wishes))
    case 'nSubStr':
      return plain(lined(world, 'NSubStr'), subStr(world, wishes))
    case 'nRegExp':
      return { ...plain(lined(world, 'NRegExp'), regExpText(world, wishes, 1)[0]), groups: 0 }
    case 'cached':
      return { ...plain('Cached', random.pick(ENTRIES)), groups: 2, names: ['n', 'm'] }
    case 'nCached':
      return plain('NCached', random.pick(ENTRIES))
    case 'tValue':
      return plain('TValue', random.pick(['TRUE', 'TRUE', 'true', 'False']))
  }
}

function plain(ptype: string, pattern: string): GeneratedPattern {
  return {
    fields: [
      ['ptype', ptype],
      ['pattern', pattern]
    ],
    groups: -1,
    names: []
  }
}

/** The pattern type with a number of lines, 1 left out more often than not. */
function lined(world: World, type: string): string {
  const { random } = world
  if (world.mostLines === 1 || random.chance(0.42)) return random.chance(0.1) ? `${type}1` : type
  return `${type}${2 + random.below(world.mostLines - 1)}`
}

function regExp(world: World, wishes: PatternWishes): GeneratedPattern {
  const { random } = world
  const type = lined(world, 'RegExp')
  const lines = Number(/\d*$/.exec(type)?.[0] || 1)
  const [pattern, groups, names] = regExpText(world, wishes, lines)
  const fields: [string, string][] = [
    ['ptype', type],
    ['pattern', pattern]
  ]
  if (!random.chance(0.45)) return { fields, groups, names }
  const entry = random.chance(0.85) ? [random.pick(ENTRIES)] : []
  const mapped = ['n', 'm'].slice(0, 1 + random.below(2))
  const mappings = mapped.map(name => `${name}=${random.below(groups + 2)}`)
  fields.push(['varmap', random.shuffled([...entry, ...mappings]).join('; ')])
  return { fields, groups, names: [...names, ...mapped] }
}

/** An expression, its number of groups and the names of its named ones. */
function regExpText(
  world: World,
  { strict, first }: PatternWishes,
  lines: number
): [string, number, string[]] {
  const { random } = world
  const verb = random.pick(world.verbs)
  const other = random.pick(world.verbs)
  const noun = escapeRegExp(random.pick(world.nouns))
  const anchored: [string, number, string[]][] = [
    [`^${verb} (\\S+)`, 1, []],
    [`^${verb} (\\S+) (\\d)`, 2, []],
    [`^(?:${verb}|${other}) (\\S+)(?: (\\d))?$`, 2, []],
    [`^${verb} (?<who>\\S+) (?<num>\\d)`, 2, ['who', 'num']],
    [`^(${verb}) ([^ ]+?) [12]`, 2, []],
    [`^${verb} (?=(\\w))(?:a(.*)|(d\\w+)|.)`, 3, []]
  ]
  if (first !== undefined && random.chance(0.75)) return secondRegExp(world, first, verb)
  if (lines > 1) return linesRegExp(world, verb, other, lines)
  if (strict) return random.pick(anchored)
  return random.pick<[string, number, string[]]>([
    ...anchored,
    [`${noun} (\\d)`, 1, []],
    [`(\\w+) ${noun}`, 1, []],
    [`^(\\w+) (\\S+) (\\d)`, 3, []],
    [`^(.*)$`, 1, []],
    [`(?i)${verb.toUpperCase()} (\\S+)`, 1, []],
    [`^syn (\\w+)(?: (\\S+))?`, 2, []],
    [`^(?<who>\\w+) .*?(?<num>\\d)?$`, 2, ['who', 'num']],
    [`.`, 0, []]
  ])
}

/** Matches what an earlier match of the rule's first pattern was about. */
function secondRegExp(world: World, first: GeneratedPattern, verb: string): [string, number, string[]] {
  const { random } = world
  const value = random.pick(references(first, '$'))
  return random.pick<[string, number, string[]]>([
    [`^${verb} ${value}`, 0, []],
    [`^${verb} ${value} (\\d)`, 1, []],
    [`^${verb} (\\S+)(?: ${value})?`, 1, []],
    [`^(${verb}) (${value}|x)`, 2, []]
  ])
}

function linesRegExp(world: World, verb: string, other: string, lines: number): [string, number, string[]] {
  const before = '.*\\n'.repeat(lines - 2)
  return world.random.pick<[string, number, string[]]>([
    [`^${verb} ${before}.*\\n${other} (\\S+)`, 1, []],
    [`^${verb} (\\S+).*\\n${before}.* (\\d)$`, 2, []],
    [`^${verb} (\\S+)(?s:.*)\\n\\w+ \\1`, 1, []]
  ])
}

function subStr(world: World, { first }: PatternWishes): string {
  const { random } = world
  if (first !== undefined && random.chance(0.6))
    return `${random.pick(world.verbs)} ${random.pick(references(first, '$'))}`
  return random.pick([
    random.pick(world.verbs),
    random.pick(world.verbs),
    `${random.pick(world.verbs)}\\s${random.pick(world.nouns).replaceAll('\\', '\\\\')}`,
    ` ${1 + random.below(3)}`,
    'syn ',
    `${1 + random.below(3)}\\n${random.pick(world.verbs)}`
  ])
}

/** How a rule's field may refer to what a pattern sets, some of it never set. */
export function references(pattern: GeneratedPattern, prefix: '$' | '%'): string[] {
  const numbers = Array.from({ length: Math.max(pattern.groups, 1) }, (_, index) => index + 1)
  return [
    ...numbers.map(number => `${prefix}${number}`),
    `${prefix}{${numbers.length}}`,
    ...pattern.names.map(name => `${prefix}+{${name}}`)
  ]
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
