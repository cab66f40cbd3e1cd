import type { Random } from '../../../parity/rule-files/random.ts'

/** Names that are declared where code is being written. */
interface Names {
  readonly scalars: readonly string[]
  readonly hashes: readonly string[]
}

const ATOMS = [
  [
    'a',
    'b',
    'A',
    '1',
    '=',
    ' ',
    '\\w',
    '\\d',
    '\\s',
    '\\S',
    '.',
    '[ab]',
    '[^a]',
    '\\xe9',
    '\xe9',
    '\\/',
    '$',
    '^'
  ],
  [
    'a+',
    'b*',
    '\\w+',
    '\\d*',
    '\\s*',
    '\\S+',
    '.*',
    '.*?',
    '[a-z]{2}',
    'a?',
    '(?:ab)+',
    '(?:a|b)',
    '\\b',
    '\\B'
  ],
  [
    '(a)',
    '(\\w)',
    '(\\w+)',
    '(\\d+)',
    '(\\S*)',
    '(a)?',
    '(b)*',
    '(a)|(b)',
    '(?:=(\\S*))?',
    '(?:(a)|b)',
    '(?=a)'
  ],
  [
    '\\A',
    '\\z',
    '\\Z',
    '(?i:a)',
    '(?<n>b)',
    '[[:alpha:]]',
    '\\n',
    '|',
    '(a|ab)(c|bcd)?',
    '(.)(.)',
    '(?!b)',
    '\\1'
  ]
].flat()
const FLAGS = ['', '', '', 'i', 's', 'm', 'x', 'im', 'sx']
const KEYS = ['a', 'B', 'k1', 'y', '"a b"', "'q'", '$1', '"x$1"']

/**
 * Functions as rules have them, at random: most of what is run without Perl, and some of what is not. Loops come to an
 * end. The same for a seed.
 */
export function randomFunction(random: Random): string {
  const names = { scalars: ['$_[0]', '$_[1]'], hashes: [] }
  return `sub {${statements(random, names, 3)}${random.pick(['', `${last(random, names)}`])}}`
}

/** The same of a hash, as its only parameter. */
export function randomCondition(random: Random): string {
  const element = (): string => `$_[0]${random.pick(['->', ''])}{${random.pick(['a', 'B', '"k1"', "'y'"])}}`
  const part = (): string =>
    random.pick([
      `exists(${element()})`,
      `exists ${element()}`,
      `defined(${element()})`,
      `!defined(${element()})`,
      element(),
      `${element()} ${random.pick(['eq', 'ne'])} ${random.pick(['"a"', '"12"', "''"])}`,
      `${element()} ${random.pick(['==', '<', '>=', '!='])} ${random.pick(['12', '0', '7'])}`,
      `${element()} =~ ${expression(random, false)}`
    ])
  const condition = [part(), ...random.times(0, 2, part)].join(random.pick([' && ', ' || ', ' and ']))
  return random.pick([
    `sub { ${random.pick(['return ', ''])}${condition.replaceAll(' and ', ' && ')} }`,
    `sub { if (${condition}) { return 1 } return ${random.pick(['0', "''", '"0"', '(0)', ''])}; }`,
    `sub { my ($h) = @_; return ${random.pick(['exists $h->{a}', '$h->{B} eq "12"', '$h->{a} ? "x" : 0'])} }`
  ])
}

/** What functions get. */
export function randomLine(random: Random): string {
  return random
    .times(0, 14, () =>
      random.pick(['a', 'b', 'ab', 'A', '1', '12', '0', '=', ' ', 'a=1 ', '\xe9', '\n', '_', '/', '-', 'bcd'])
    )
    .join('')
}

function expression(random: Random, isGlobal: boolean): string {
  const source = Array.from({ length: 1 + random.below(4) }, () => random.pick(ATOMS)).join('')
  const anchor = isGlobal && random.below(2) === 0 ? '\\G' : ''
  return `${random.pick(['', '', 'm'])}/${anchor}${source}/${random.pick(FLAGS)}${isGlobal ? 'g' : ''}`
}

function statements(random: Random, names: Names, depth: number, isLoop = false): string {
  let code = ''
  let known = names
  for (let count = random.below(4); count >= 0; count--) {
    const [text, next] = statement(random, known, depth, isLoop)
    code += ` ${text}`
    known = next
  }
  return `${code} `
}

/** One, and the names behind it. */
function statement(random: Random, names: Names, depth: number, isLoop: boolean): [string, Names] {
  const { scalars, hashes } = names
  const name = random.pick(['x', 'y', 'line', 'z'])
  const declared = { ...names, scalars: [...scalars, `$${name}`] }
  const block = (loop = isLoop): string => `{${statements(random, names, depth - 1, loop)}}`
  switch (random.below(depth > 0 ? 12 : 8)) {
    case 0:
      return [`my $${name} = ${value(random, names, 2)};`, declared]
    case 1:
      return [
        `my ($${name}${random.pick(['', ', $w'])}) = ${random.pick(['@_', '$_[0]', match(random, names, false)])};`,
        declared
      ]
    case 2:
      return [`my %h${random.pick([';', ';', ' ;'])}`, { ...names, hashes: [...hashes, 'h'] }]
    case 3:
      if (hashes.length > 0)
        return [`$${random.pick(hashes)}{${random.pick(KEYS)}} = ${value(random, names, 1)};`, names]
      return [`${match(random, names, !isLoop)};`, names]
    case 4: {
      const own = scalars.filter(each => !each.startsWith('$_'))
      if (own.length === 0 || isLoop) return [`# a comment with } in it\n`, names]
      return [`${random.pick(own)} = ${value(random, names, 2)};`, names]
    }
    case 5:
      return [
        `return ${returned(random, names)} ${random.pick(['if', 'unless'])} ${value(random, names, 2)};`,
        names
      ]
    case 6:
      return [
        `${match(random, names, false)} ${random.pick(['or', 'and'])} return ${random.pick(['', '0', '(1, 2)'])};`,
        names
      ]
    case 7:
      return [`my ($${name}) = ${match(random, names, false)} or return${random.pick(['', ' 0'])};`, declared]
    case 8:
    case 9:
      return [`${random.pick(['if', 'unless'])} (${value(random, names, 2)}) ${block()}`, names]
    case 10:
      return [
        `if (${value(random, names, 2)}) ${block()} elsif (${value(random, names, 1)}) ${block()} else ${block()}`,
        names
      ]
    default: {
      // A variable of its own, which nothing in the loop sets or matches.
      const loop = `$l${depth}`
      return [`my ${loop} = $_[0]; while (${loop} =~ ${expression(random, true)}) ${block(true)}`, names]
    }
  }
}

function last(random: Random, names: Names): string {
  return random.pick([
    `return ${returned(random, names)}; `,
    `return ${returned(random, names)} `,
    `return; `,
    `${value(random, names, 2)} `,
    `${match(random, names, false)} `
  ])
}

function returned(random: Random, names: Names): string {
  const { hashes } = names
  return random.pick([
    '0',
    '1',
    '()',
    '($1)',
    '($1, $2)',
    value(random, names, 2),
    `(${value(random, names, 1)}, ${value(random, names, 1)})`,
    `(${value(random, names, 1)}) ? (1, "b") : ()`,
    match(random, names, false),
    `${match(random, names, false)} && ${match(random, names, false)}`,
    ...hashes.flatMap(hash => [`\\%${hash}`, `\\%${hash}`]),
    `{ a => $1, 'b c' => "x" }`
  ])
}

function match(random: Random, { scalars }: Names, isGlobal: boolean): string {
  const global = isGlobal && random.below(3) === 0
  return `${random.pick(scalars)} ${random.pick(['=~', '=~', '!~'])} ${expression(random, global)}`
}

function value(random: Random, names: Names, depth: number): string {
  const { scalars, hashes } = names
  const one = (): string => value(random, names, depth - 1)
  switch (random.below(depth > 0 ? 15 : 6)) {
    case 0:
      return random.pick(['"a"', "'b'", '""', '0', '1', '12', '"a\\n"', "'\\''", '"\\$x"'])
    case 1:
    case 2:
      return random.pick(scalars)
    case 3:
      return random.pick(['$1', '$2', '"$1-"', '"<$1>"'])
    case 4:
      return hashes.length > 0 ? `$${random.pick(hashes)}{${random.pick(KEYS)}}` : random.pick(scalars)
    case 5:
      return `defined(${random.pick(['$1', ...scalars])})`
    case 6:
    case 7:
      return match(random, names, false)
    case 8:
      return `!${random.pick(['defined $1', `(${one()})`, random.pick(scalars)])}`
    case 9:
      return `${one()} ${random.pick(['&&', '||'])} ${one()}`
    case 10:
      return `(${one()}) ? ${one()} : ${one()}`
    case 11:
      return `${random.pick(scalars)} ${random.pick(['eq', 'ne', '==', '!=', '<', '>', '<=', '>='])} ${random.pick([...scalars, '"a"', '12', '1'])}`
    case 12:
      return `(${one()})`
    case 13:
      return `${random.pick(scalars)} . ${random.pick(['"x"', '$1', ...scalars])}`
    default:
      return hashes.length > 0 ? `exists $${random.pick(hashes)}{${random.pick(KEYS)}}` : 'defined $2'
  }
}
