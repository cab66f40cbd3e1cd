import type { GeneratedPattern } from './patterns.ts'
import { matchVariable, type Scope } from './texts.ts'
import { ENTRIES, VARIABLES, type World } from './world.ts'

/**
 * Perl code for the rules of a case, which share the package variables `$count`, `%seen` and `@last`. Nothing that it gives
 * depends on addresses or on the order of a hash, and no text holds a `%` that an action list would take for a variable.
 */

/** A PerlFunc or NPerlFunc pattern; `strict`: it matches lines of input only. */
export function perlPattern(world: World, strict: boolean): GeneratedPattern {
  const { random } = world
  const verb = random.pick(world.verbs)
  const other = random.pick(world.verbs)
  const lines = strict || world.mostLines === 1 || random.chance(0.6) ? 1 : 2
  const suffix = lines === 1 ? random.pick(['', '', '1']) : '2'
  if (!strict && random.chance(0.25)) {
    const code = random.pick([
      `sub { $_[0] !~ /^${verb}/ }`,
      `sub { return ++$count > 3 ? 1 : 0 }`,
      `sub { die "no\\n" if $_[0] =~ /2/; return $_[0] =~ /${other}/ ? "" : 1 }`
    ])
    return pattern(`NPerlFunc${suffix}`, code, 0, [])
  }
  const [code, groups, names] = random.pick<[string, number, string[]]>([
    [`sub { return $_[0] =~ /^${verb} (\\S+)(?: (\\d))?/ }`, 2, []],
    [
      `sub { my ($who, $num) = $_[0] =~ /^${verb} (\\S+) (\\d)/ or return 0; return { who => $who, num => $num, none => undef } }`,
      0,
      ['who', 'num', 'none']
    ],
    [
      `sub { return $_[0] =~ /^(?:${verb}|${other})/ ? (length $_[0], undef, substr($_[0], 0, 3)) : () }`,
      3,
      []
    ],
    [
      `sub { return 0 if $_[0] !~ /^${verb}/; push @last, $_[0]; shift @last if @last > 2; return join "/", @last }`,
      1,
      []
    ],
    [`sub { return $_[0] =~ /^${verb}/ ? $seen{$_[0]}++ : 0 }`, 1, []],
    [
      `sub { my %h; return 0 unless $_[0] =~ /^${verb} /g; $h{"f" . length $1} = $1 while $_[0] =~ /\\G(\\S+)\\s*/g; $h{n} = keys %h; return \\%h }`,
      0,
      ['n', 'f1', 'f4']
    ],
    [
      `sub { die "no\\n" if $_[0] =~ /3$/; return $_[0] =~ /^${verb}/ ? { who => [$_[0]] , list => "l" } : 0 }`,
      0,
      ['list']
    ],
    [`sub { return $_[0] =~ /^${verb}/ && defined $_[${lines}] ? ($_[${lines}], scalar @_) : 0 }`, 2, []]
  ])
  const made = pattern(`PerlFunc${suffix}`, code, groups, names)
  if (!random.chance(0.5)) return made
  const entry = random.chance(0.85) ? [random.pick(ENTRIES)] : []
  const mapped = ['n', 'm'].slice(0, 1 + random.below(2))
  const mappings = mapped.map(name => `${name}=${random.below(groups + 2)}`)
  const map = random.shuffled([...entry, ...mappings]).join('; ')
  return { ...made, fields: [...made.fields, ['varmap', map]], names: [...names, ...mapped] }
}

function pattern(ptype: string, code: string, groups: number, names: readonly string[]): GeneratedPattern {
  return {
    fields: [
      ['ptype', ptype],
      ['pattern', code]
    ],
    groups,
    names
  }
}

/** An operand of a context expression. */
export function perlOperand(world: World, hasVariables: boolean): string {
  const { random } = world
  const value = hasVariables ? random.pick(['$1', '$2', '$+{who}', '$0']) : 'word'
  const entry = random.pick(ENTRIES)
  return random.pick([
    `=( ++$count % 2 )`,
    `=( length("${value}") > 4 )`,
    `=( $count = ($count || 0) + 1; $count > 2 )`,
    `=( die "no" )`,
    `${value} two -> ( sub { return "@_" =~ /[aeo]/ && @_ > 1 } )`,
    `-> ( sub { return scalar(@last) } )`,
    `(${value}! ${value}) -> ( sub { $_[0] ne $_[1] } )`,
    `${entry} :> ( sub { defined $_[0] && exists $_[0]{n} } )`,
    `${entry} ${random.pick(ENTRIES)} :> ( sub { $_[0]{n} = ($_[0]{1} || "x") . "!" if defined $_[0]; defined $_[1] } )`,
    `${entry} :> ( sub { defined $_[0] && ref $_[0]{who} ? push(@{$_[0]{who}}, "p") > 2 : 1 } )`
  ])
}

/** Actions with Perl code, and what they have set. */
export function perlAction(world: World, scope: Scope): string {
  const { random } = world
  const variable = `%${random.pick(VARIABLES)}`
  const other = `%${random.pick(VARIABLES)}`
  const value = matchVariable(world, scope)
  const entry = random.pick(ENTRIES)
  const action = random.pick([
    `eval ${variable} ( length "${value}" )`,
    `eval ${variable} ( ("one", undef, "two") )`,
    `eval ${variable} ( () )`,
    `eval ${variable} ( $count = ($count || 0) + 2; $count )`,
    `eval ${variable} ( die "no" )`,
    `eval ${variable} ( time() - 1 )`,
    `eval ${variable} ( 1 + )`,
    `eval ${variable} ( join ",", sort grep { /e/ } @last )`,
    `eval %f ( sub { join "+", scalar(@_), @_ } ); call ${variable} %f ${value} ${other}`,
    `call ${variable} %f one`,
    `call ${variable} ${other} x`,
    `lcall ${variable} ${value} ${other} -> ( sub { scalar(@_) . ":" . join "|", @_ } )`,
    `lcall ${variable} -> ( sub { return } )`,
    `lcall ${variable} -> ( sub { map { $_ * 2 } 1 .. 3 } )`,
    `lcall ${variable} ${value} -> ( sub { die "no" if $_[0] =~ /o/; uc $_[0] } )`,
    `lcall ${variable} ${entry} NONE :> ( sub { defined $_[0] ? join(",", map { "$_=" . (defined $_[0]{$_} ? ref $_[0]{$_} || $_[0]{$_} : "undef") } sort keys %{$_[0]}) : "none" } )`,
    `lcall ${variable} ${entry} :> ( sub { return 0 unless defined $_[0]; $_[0]{m} = "set"; delete $_[0]{n}; $_[0]{list}[0]++; $_[0]{list}[0] } )`,
    `if ${variable} ( eval ${variable} ( 0 ) ) else ( eval ${variable} ( "0.0" ) )`
  ])
  return `${action}; write - ${world.nextTag()}: [%a][%b][%c]`
}

/** The two fields of an event group's function. */
export function perlGroupPattern({ random }: World, members: string): [string, string][] {
  return [
    ['egptype', random.pick(['PerlFunc', 'PerlFunc', 'NPerlFunc'])],
    [
      'egpattern',
      random.pick([
        `sub { my %h = map { $_ => 1 } @{$_[1]}; keys %h > 1 }`,
        `sub { $_[0] =~ /${members}$/ }`,
        `sub { $_[2][-1] - $_[2][0] > 2 }`,
        `sub { die "no\\n" if @{$_[1]} > 3; @{$_[1]} % 2 }`
      ])
    ]
  ]
}
