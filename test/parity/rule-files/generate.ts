import type { Random } from './random.ts'
import * as values from './values.ts'

/** A rule file as people write it, with what can go wrong in one. */
export function randomRuleFile(random: Random): string {
  random.faultRate = random.pick([0, 0.01, 0.05])
  const blocks = random.times(1, 4, () => block(random))
  const separator = random.pick(['\n', '\n', '# comment\n', ' \t\n', '\n\n'])
  const text = blocks.map(lines => `${lines.join('\n')}\n`).join(separator)
  return random.chance(0.15) ? damaged(text, random) : text
}

type FieldMaker = readonly [name: string, make: (random: Random) => string, probability: number]

function block(random: Random): string[] {
  const [type, fields] = random.pick(RULES)
  const lines = [
    `type=${random.pickOr([type, type.toLowerCase(), type.toUpperCase()], [respelled(type, random)])}`
  ]
  const given = fields(random).filter(([, , probability]) => random.chance(probability))
  for (const [name, make] of given) lines.push(`${name}=${make(random)}`)
  const rate = random.faultRate
  if (random.chance(2 * rate)) lines.splice(random.below(lines.length), 1)
  if (random.chance(2 * rate)) lines.push(random.pick(lines.concat('desc=x')))
  if (random.chance(2 * rate)) lines.push(random.pick(UNEXPECTED))
  if (random.chance(0.3)) lines.splice(random.below(lines.length + 1), 0, random.pick(REMARKS))
  const ordered = random.chance(0.3) ? random.shuffled(lines) : lines
  return ordered.map(line => (random.chance(0.05) ? continued(line, random) : line))
}

const UNEXPECTED = [
  'foo=1',
  'desc3=x',
  'pattern9=x',
  'Desc=x',
  'window=3',
  'foo',
  'a b=c',
  '=x',
  'rem=',
  'label ='
]
const REMARKS = ['rem=x', 'label=L', 'label=L2', 'label = L', 'rem = a \\\n b']

function respelled(type: string, random: Random): string {
  return random.pick([
    type.toLowerCase(),
    type.toUpperCase(),
    `${type}2`,
    `${type}0`,
    `${type}x`,
    'EventGroup01',
    'EventGroup3'
  ])
}

function continued(line: string, random: Random): string {
  const at = random.pickOr(
    [line.length, line.indexOf(' ') + 1 || line.length],
    [random.below(line.length + 1)]
  )
  return `${line.slice(0, at)}\\${random.pick(['', '', ' ', '\r'])}\n${random.pick(['', '  '])}${line.slice(at)}`
}

// No NUL: SEC uses it inside for what stands in parentheses, and mixes the two up.
const DAMAGE = '()\\;\'"%$!&|=->:[]{},#\t\r\n 0aZ.\xe4'

/** With some characters removed, added or replaced. */
function damaged(text: string, random: Random): string {
  let result = text
  for (const kind of random.times(1, 4, () => random.below(3))) {
    const at = random.below(result.length)
    const added = kind === 0 ? '' : (DAMAGE[random.below(DAMAGE.length)] ?? '')
    result = result.slice(0, at) + added + result.slice(kind === 1 ? at : at + 1)
  }
  return result
}

function condition(random: Random, suffix = '', continues = true): FieldMaker[] {
  const [type, source] = values.pattern(random)
  return [
    [`ptype${suffix}`, () => type, 1],
    [`pattern${suffix}`, () => source, 1],
    [`varmap${suffix}`, values.variableMap, 0.15],
    [`context${suffix}`, values.contextExpression, 0.3],
    [`continue${suffix}`, values.continuation, continues ? 0.2 : random.faultRate]
  ]
}

const actions = (name: string, probability = 1): FieldMaker => [
  name,
  random => values.actionList(random),
  probability
]
const integer = (name: string, probability = 1): FieldMaker => [name, values.integer, probability]
const description = (name = 'desc', probability = 1): FieldMaker => [name, values.description, probability]
const yesOrNo = (name: string, probability: number): FieldMaker => [name, values.yesOrNo, probability]
const names = (name: string): FieldMaker => [name, random => random.pick(['A', 'A  B', '$1']), 0.7]

const RULES: readonly (readonly [string, (random: Random) => FieldMaker[]])[] = [
  ['Single', random => [...condition(random), description(), actions('action')]],
  ['Single', random => [...condition(random), description(), actions('action')]],
  [
    'SingleWithScript',
    random => [
      ...condition(random),
      ['script', values.description, 1],
      yesOrNo('shell', 0.4),
      description(),
      actions('action'),
      actions('action2', 0.5)
    ]
  ],
  [
    'SingleWithSuppress',
    random => [...condition(random), description(), actions('action'), integer('window')]
  ],
  ...['Pair', 'PairWithWindow'].map(
    type =>
      [
        type,
        (random: Random) => [
          ...condition(random),
          description(),
          actions('action'),
          ...condition(random, '2'),
          description('desc2'),
          actions('action2'),
          integer('window', type === 'Pair' ? 0.6 : 1)
        ]
      ] as const
  ),
  [
    'SingleWithThreshold',
    random => [
      ...condition(random),
      description(),
      actions('action'),
      actions('action2', 0.4),
      integer('window'),
      integer('thresh')
    ]
  ],
  [
    'SingleWith2Thresholds',
    random => [
      ...condition(random),
      description(),
      actions('action'),
      integer('window'),
      integer('thresh'),
      description('desc2'),
      actions('action2'),
      integer('window2'),
      integer('thresh2')
    ]
  ],
  ...[1, 2].map(
    count =>
      [
        count === 1 ? 'EventGroup' : `EventGroup${count}`,
        (random: Random): FieldMaker[] => {
          const grouped = random.chance(0.3)
          const [groupType, groupSource] = values.eventGroupPattern(random)
          const group: FieldMaker[] = [
            ['egptype', () => groupType, 1 - random.faultRate],
            ['egpattern', () => groupSource, 1 - random.faultRate]
          ]
          return [
            ...Array.from({ length: count }, (_, index) => (index === 0 ? '' : String(index + 1))).flatMap(
              suffix => [
                ...condition(random, suffix),
                actions(`count${suffix}`, 0.2),
                integer(`thresh${suffix}`, 0.3),
                description(`egtoken${suffix}`, grouped ? 0.5 : random.faultRate)
              ]
            ),
            description(),
            actions('action'),
            actions('init', 0.2),
            actions('end', 0.2),
            actions('slide', 0.2),
            yesOrNo('multact', 0.2),
            integer('window'),
            ...(grouped ? group : [])
          ]
        }
      ] as const
  ),
  ['Suppress', random => [...condition(random, '', false), description('desc', 0.3)]],
  [
    'Calendar',
    () => [
      ['time', values.calendarTime, 1],
      ['context', values.contextExpression, 0.2],
      description(),
      actions('action')
    ]
  ],
  [
    'Jump',
    random => [...condition(random), names('cfset'), yesOrNo('constset', 0.3), description('desc', 0.3)]
  ],
  ['Options', () => [names('joincfset'), yesOrNo('procallin', 0.5)]]
]
