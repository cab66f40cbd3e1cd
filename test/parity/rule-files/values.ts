import type { Random } from './random.ts'

// Values for rule fields. Every list and form was chosen to come near a boundary of the syntax; `pickOr` has the right
// ones first.

const name = (random: Random): string =>
  random.pickOr(
    ['A', 'CTX_$1', '%s', '(A)', '-', '0', '$+{name}', '\\(A', 'a/b.c', '%{v}', '((A))', 'a(b)'],
    ['()', 'B)', '(A', 'A B', '']
  )
const variable = (random: Random): string =>
  random.pickOr(
    ['%a', '%a_1', '%s'],
    ['%1', '%', '%_a', 'a', '(%a)', '%{a}', '%.sp', '%%', '%\xe4', '%a %b', '']
  )
const time = (random: Random): string =>
  random.pickOr(['0', '10', '-', '-5', '+3', '%u', '$1', '1.5', 'x', '(7)', '00'], ['()', '1 2', '(', ''])
const text = (random: Random): string =>
  random.pickOr(
    [
      '',
      'text',
      'two words',
      '(in; side)',
      '(a) (b)',
      '( padded )',
      'a(b)c',
      "it's",
      "'quoted'",
      '\\(masked',
      'x \\) y',
      '\\\\(y\\)',
      '()',
      '( )',
      '(\\()',
      'a -> b',
      '%s $1 %%s $$1'
    ],
    ['(', ')', '(a))', ';', ') (']
  )
const command = (random: Random): string => text(random) || 'command'
const offset = (random: Random): string =>
  random.pickOr(['0', '1', '+1', '-2', '007'], ['+', '1x', '', '--1', '%o', '(1)'])

const ending = (random: Random): string => random.pick(['', '', '', ';', '; ', ';;', ' ;'])

export function actionList(random: Random, depth = 0): string {
  const list = random.times(1, 3, () => action(random, depth))
  return list.join(random.pickOr([';', '; ', ' ; '], [';;', ' ', ',', '; ;'])) + ending(random)
}

type Form = (random: Random, block: () => string) => string

const ACTIONS: readonly Form[] = [
  random =>
    random.pickOr(['none', 'NONE', 'Break', 'continue'], ['nothing', '', 'none x', 'logonlyx', '(none)']),
  random => `logonly ${text(random)}`,
  random =>
    `${random.pick(['write', 'writen', 'owritecl', 'udgram', 'ustream', 'udpsock', 'tcpsock'])} ${name(random)} ${text(random)}`,
  random =>
    `${random.pick(['closef', 'closeudgr', 'closeustr', 'closeudp', 'closetcp'])} ${name(random)}${random.pickOr([''], [' x'])}`,
  random => `${random.pick(['shellcmd', 'spawn', 'cmdexec', 'spawnexec'])} ${command(random)}`,
  random => `${random.pick(['cspawn', 'cspawnexec'])} ${name(random)} ${command(random)}`,
  random =>
    `${random.pick(['pipe', 'pipeexec'])} ${random.pickOr([`'${text(random).replaceAll("'", '')}'`], [text(random), `'${text(random)}`, "''x"])} ${text(random)}`,
  (random, block) => `create ${name(random)} ${time(random)} ${nested(random, block)}`,
  (random, block) => `set ${name(random)} ${time(random)} ${nested(random, block)}`,
  random => `create ${random.pick(['', name(random)])} ${time(random)}`,
  random => `${random.pick(['delete', 'obsolete', 'unalias'])} ${random.pick(['', name(random)])}`,
  random => `${random.pick(['sigemul', 'dropinput'])} ${name(random)}`,
  random => `alias ${name(random)} ${random.pick(['', name(random)])}`,
  random =>
    `${random.pick(['add', 'prepend', 'fill', 'report', 'reportexec'])} ${name(random)} ${text(random)}`,
  random => `${random.pick(['copy', 'pop', 'shift', 'empty'])} ${name(random)} ${variable(random)}`,
  random => `empty ${name(random)}`,
  random => `trim ${time(random)} ${name(random)} ${random.pick(['', variable(random)])}`,
  random =>
    `${random.pick(['exists', 'getsize', 'getaliases', 'getltime', 'getctime', 'varset'])} ${variable(random)} ${name(random)}`,
  random => `setltime ${name(random)} ${random.pick(['', time(random)])}`,
  random => `setctime ${time(random)} ${name(random)}`,
  random => `event ${random.pick(['', time(random)])} ${text(random)}`,
  random => `tevent ${time(random)} ${text(random)}`,
  random => `cevent ${name(random)} ${time(random)} ${text(random)}`,
  random => `reset ${random.pick(['', offset(random)])} ${text(random)}`,
  random => `getwpos ${variable(random)} ${offset(random)} ${text(random)}`,
  random => `setwpos ${time(random)} ${offset(random)} ${text(random)}`,
  random => `${random.pick(['assign', 'assignsq'])} ${variable(random)} ${text(random)}`,
  random => `eval ${variable(random)} ${command(random)}`,
  random => `free ${variable(random)}`,
  random => `call ${variable(random)} ${variable(random)} ${text(random)}`,
  random =>
    `lcall ${variable(random)} ${random.pick(['', 'x y', '(x y)'])} ${random.pickOr(['->', ':>'], ['', '=>'])} ( sub { 1; } )`,
  random => `rewrite ${time(random)} ${text(random)}`,
  random => `addinput ${name(random)}`,
  random => `addinput ${name(random)} ${time(random)} ${random.pick(['', name(random)])}`,
  (random, block) =>
    `if ${variable(random)} (${block()})${random.pickOr([''], [' else', ' x', ' else x', ' (none)'])}`,
  (random, block) =>
    `if ${variable(random)} (${block()}) ${random.pickOr(['else', 'ELSE'], ['', 'elsif'])} (${block()})`,
  (random, block) => `if ${random.pickOr(['%a'], ['(a)', '%a%b'])} ${nested(random, block)}`,
  (random, block) =>
    `while ${variable(random)} ${random.pickOr([`(${block()})`, `( ${block()} )`], [block(), '()', '( )', '(;)'])}`
]

function action(random: Random, depth: number): string {
  const block = (): string => (depth < 3 ? actionList(random, depth + 1) : 'none')
  const written = random.pick(ACTIONS)(random, block).trimEnd()
  return random.chance(random.faultRate / 2) ? written.slice(0, random.below(written.length)) : written
}

function nested(random: Random, block: () => string): string {
  return random.pickOr([`(${block()})`, `( ${block()} )`, `(${block()})`], ['()', '', '(;)', block()])
}

const NAMES = ['A', 'CTX_$1', '_THIS', '\\(A', 'A\\)', '->', 'a!', 'a=b', '$+{n}', 'a&b']
const OPERANDS = [
  ...NAMES,
  ...NAMES,
  'varset E',
  'varset (E)',
  '-> ( sub {1} )',
  'A B -> ( sub { 1 } )',
  '(A B) :> (sub {1})',
  '=(1)',
  '= 1',
  '=',
  '!A'
]
const WRONG_OPERANDS = [
  'a(b)',
  'A B',
  '',
  '[A]',
  'varset E F',
  'varset',
  '=(1) (2)',
  'A -> ',
  '(A)(B)',
  '()',
  'A =B',
  'A ->(sub {1}) B'
]

export function contextExpression(random: Random, depth = 0): string {
  const operand = (): string => {
    const negation = random.pick(['', '', '', '!', '! ', '!!'])
    if (depth < 3 && random.chance(0.3)) return `${negation}(${contextExpression(random, depth + 1)})`
    return negation + random.pickOr(OPERANDS, WRONG_OPERANDS)
  }
  const operator = random.pickOr([' && ', ' || ', '&&', '||'], [' & ', ' ||| ', ' ', '|||'])
  const expression = random.chance(0.4) ? operand() : random.times(1, 4, operand).join(operator)
  return depth === 0 && random.chance(0.2) ? `[${expression}]` : expression
}

const PATTERNS: readonly (readonly [type: string, right: readonly string[], wrong: readonly string[]])[] = [
  ['SubStr', ['x', '\\t\\n\\q', '$1', '('], ['a\\']],
  [
    'RegExp',
    ['(x)', '^a (\\S+)$', '(?<n>x)', '$', '$$'],
    ['(', '[z-a]', 'a**', '$1(', '$$(', '${1}(', '$+{n}(', '$:{e:n}(', '\\$1(', '$+{1}(', '\\1']
  ],
  ['PerlFunc', ['sub { return 1; }'], ['sub { 2 }']],
  ['Cached', ['entry', 'ENTRY_1'], ['1entry', 'en try', '_e', '$1']],
  ['TValue', ['TRUE', 'false'], ['yes', '1', 'TRUE FALSE']]
]

/** A pattern type and a pattern of it. */
export function pattern(random: Random): readonly [string, string] {
  const [type, right, wrong] = random.pick(PATTERNS)
  const spelled = random.pick([
    type,
    type.toLowerCase(),
    type.toUpperCase(),
    type === 'TValue' ? type : `N${type}`
  ])
  const counts = type === 'TValue' || type === 'Cached' ? [''] : ['', '', '2', '10', '02']
  return [spelled + random.pickOr(counts, ['0', 'x', ' 2', '2', '00']), random.pickOr(right, wrong)]
}

export function eventGroupPattern(random: Random): readonly [string, string] {
  const [type, right, wrong] = random.pick(PATTERNS.slice(0, random.chance(random.faultRate) ? undefined : 3))
  return [random.pick(['', 'N']) + type + random.pickOr([''], ['2']), random.pickOr(right, wrong)]
}

export function variableMap(random: Random): string {
  const mapping = (): string =>
    random.pickOr(
      ['entry', 'name=1', 'name = 2', 'n_1=0', ' e '],
      ['1e', 'a=x', 'a b', '', 'a=', '_a', 'a=1 2', '=', ' = 1']
    )
  return random.times(1, 3, mapping).join(random.pickOr([';', '; ', ' ; '], [';;', ','])) + ending(random)
}

export function calendarTime(random: Random): string {
  const limits = random.pickOr(
    [
      [59, 23, 31, 12, 7],
      [59, 23, 31, 12, 7, 99]
    ],
    [
      [59, 23, 31, 12],
      [59, 23, 31, 12, 7, 99, 1]
    ]
  )
  return limits.map(limit => calendarElement(random, limit)).join(random.pick([' ', '  ', '\t']))
}

function calendarElement(random: Random, maximum: number): string {
  const number = (): string =>
    random.pickOr([String(1 + random.below(maximum)), '1', '7'], ['0', String(maximum + 1), 'x', '01', '+1'])
  const part = (): string => {
    if (random.chance(0.4)) return number()
    const range = random.pick([
      () => '*',
      () => '-',
      () => `${number()}-${number()}`,
      () => `-${number()}`,
      () => `${number()}-`
    ])
    return range() + random.pickOr(['', '/2', '/100'], ['/0', '/', '/x', '-1', '*'])
  }
  return random.times(1, 3, part).join(random.pick([',', ',', ',,'])) + random.pickOr(['', ','], [',,', '-'])
}

export function continuation(random: Random): string {
  return random.pickOr(
    ['TakeNext', 'takenext', 'DontCont', 'EndMatch', 'GoTo L', 'goto  L2', 'goto\tL'],
    ['GoTo', 'GoTo nowhere', 'next', 'TakeNext x', 'gotoL']
  )
}

export function integer(random: Random): string {
  return random.pickOr(['1', '10', '60', '007'], ['0', '00', '-1', '+1', '1.5', 'x', '1 2', '99999999999'])
}

export function yesOrNo(random: Random): string {
  return random.pickOr(['yes', 'No', 'YES', 'no'], ['maybe', '1', 'y', 'yes no'])
}

export function description(random: Random): string {
  return random.pick(['d', 'text $1', '$+{n} %s', 'a = b', '(', '"x"', '#x', '\xe4\xff'])
}
