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
  const lines = strict || world.mostLines === 1 || random.chance(0.55) ? 1 : 2 + random.below(2)
  const suffix = lines === 1 ? random.pick(['', '', '1']) : String(lines)
  if (!strict && random.chance(0.4)) return pattern(`NPerlFunc${suffix}`, negatedCode(world), 0, [])
  const { code, groups = 0, names = [] } = random.pick(matchingCode(world, lines))
  const made = pattern(`PerlFunc${suffix}`, code, groups, names)
  if (!random.chance(0.5)) return made
  const entry = random.chance(0.85) ? [random.pick(ENTRIES)] : []
  const mapped = ['n', 'm'].slice(0, 1 + random.below(2))
  const mappings = mapped.map(name => `${name}=${random.below(groups + 2)}`)
  const map = random.shuffled([...entry, ...mappings]).join('; ')
  return { ...made, fields: [...made.fields, ['varmap', map]], names: [...names, ...mapped] }
}

interface MatchingCode {
  readonly code: string
  readonly groups?: number
  readonly names?: readonly string[]
}

/** Functions that match lines of input only, in all the ways of saying so. */
function matchingCode({ random, verbs }: World, lines: number): MatchingCode[] {
  const verb = random.pick(verbs)
  const other = random.pick(verbs)
  const no = random.pick(['0', '""', 'undef', '()', '"0"'])
  return [
    { code: `sub { return $_[0] =~ /^${verb} (\\S+)(?: (\\d))?/ }`, groups: 2 },
    {
      code: `sub { my ($who, $num) = $_[0] =~ /^${verb} (\\S+) (\\d)/ or return ${no}; return { who => $who, num => $num, none => undef } }`,
      names: ['who', 'num', 'none']
    },
    {
      code: `sub { return $_[0] =~ /^(?:${verb}|${other})/ ? (length $_[0], undef, substr($_[0], 0, 3)) : ${no} }`,
      groups: 3
    },
    {
      code: `sub { return ${no} if $_[0] !~ /^${verb}/; push @last, $_[0]; shift @last if @last > 2; return join "/", @last }`,
      groups: 1
    },
    { code: `sub { return $_[0] =~ /^${verb}/ ? $seen{$_[0]}++ : ${no} }`, groups: 1 },
    {
      code: `sub { my %h; return ${no} unless $_[0] =~ /^${verb} /g; $h{"f" . length $1} = $1 while $_[0] =~ /\\G(\\S+)\\s*/g; $h{n} = keys %h; return \\%h }`,
      names: ['n', 'f1', 'f4']
    },
    {
      code: `sub { die "no\\n" if $_[0] =~ /3$/; return $_[0] =~ /^${verb}/ ? { who => [$_[0]] , list => "l" } : ${no} }`,
      names: ['list']
    },
    {
      code: `sub { return $_[0] =~ /^${verb}/ && defined $_[${lines}] ? ($_[${lines}], scalar @_) : ${no} }`,
      groups: 2
    },
    // Each value is false, but there are two.
    { code: `sub { return $_[0] =~ /^${verb}/ ? (0, undef) : ${no} }`, groups: 2 },
    // Names that others have, and such as are none.
    {
      code: `sub { $_[0] =~ /^${verb} (.*)/ ? { 0 => "zero", 1 => $1, _inputsrc => "x", "a-b" => 2, "" => 3, n => 1.50, m => 1e3 } : ${no} }`,
      groups: 1,
      names: ['n', 'm', '_inputsrc']
    },
    { code: `sub { return $_[0] =~ /^${other}/ ? {} : ${no} }` },
    // A closure of its own, and what it is given changes nothing outside.
    {
      code: `do { my ($n, $before) = (0, "none"); sub { return ${no} if $_[0] !~ /^${verb}/; my @r = (++$n, $before); $before = $_[0] =~ s/\\W+/_/gr; $_[0] = "mine"; @r } }`,
      groups: 2
    },
    {
      code: `sub { local $_ = $_[0]; /^${verb}/ or return ${no}; tr/a-z/A-Z/; return ($_ . "\\xe9", join ",", map { defined ? length : "-" } @_) }`,
      groups: 2
    }
  ]
}

/** Functions that return each kind of what a pattern may return; where they return nothing true, the pattern matches. */
function negatedCode({ random, verbs }: World): string {
  const verb = random.pick(verbs)
  const other = random.pick(verbs)
  const no = random.pick(['0', '""', 'undef', '()', '"0"'])
  return random.pick([
    `sub { $_[0] !~ /^${verb}/ }`,
    `sub { return ++$count > 3 ? 1 : ${no} }`,
    `sub { die "no\\n" if $_[0] =~ /2/; return $_[0] =~ /${other}/ ? ${no} : 1 }`,
    `sub { return $_[0] =~ /^${verb} (\\S+) (\\d)/ }`,
    `sub { return $_[0] =~ /${other}/ ? (0, undef, "") : ${no} }`,
    `sub { return $_[0] =~ /^${verb}/ ? { who => $_[0] } : ${no} }`,
    `do { my @n = (1); sub { push @n, length $_[0]; $n[-1] == $n[-2] ? ${no} : "other" } }`
  ])
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
  switch (random.weighted({ evaluated: 4, called: 4, given: 5 })) {
    case 'evaluated':
      return random.pick([
        `=( ++$count % 2 )`,
        `=( length("${value}") > 4 )`,
        `=( $count = ($count || 0) + 1; $count > 2 )`,
        `=( die "no" )`,
        `=( $seen{"${value}"} && $seen{"${value}"} < 3 )`,
        `=( () )`,
        `=( my @l = sort { $b cmp $a } @last; @l && $l[0] =~ /^\\w+ \\S/ )`,
        `=( 1 + )`
      ])
    case 'called':
      return random.pick([
        `${value} two -> ( sub { return "@_" =~ /[aeo]/ && @_ > 1 } )`,
        `-> ( sub { return scalar(@last) } )`,
        `(${value}! ${value}) -> ( sub { $_[0] ne $_[1] } )`,
        `${value} ${value} -> ( sub { $seen{"@_"}++; (0, 1, $seen{"@_"} % 2) } )`,
        `${value} -> ( sub { die "no" if $_[0] =~ /o/; undef } )`,
        `${value} -> ( do { my %n; sub { ++$n{$_[0]} > 1 } } )`
      ])
    case 'given':
      return random.pick([
        `${entry} :> ( sub { defined $_[0] && exists $_[0]{n} } )`,
        `${entry} ${random.pick(ENTRIES)} :> ( sub { $_[0]{n} = ($_[0]{1} || "x") . "!" if defined $_[0]; defined $_[1] } )`,
        `${entry} :> ( sub { defined $_[0] && ref $_[0]{who} ? push(@{$_[0]{who}}, "p") > 2 : 1 } )`,
        `${entry} :> ( sub { return undef unless $_[0]; $_[0]{list} = [@last]; delete $_[0]{1}; $kept = $_[0]; 1 } )`,
        `${entry} ${entry} :> ( sub { die "no" if !defined $_[0]; $_[0] == $_[1] } )`,
        `NONE ${value} :> ( sub { !defined $_[0] && !defined $_[1] } )`
      ])
  }
}

/** Actions with Perl code, and what they have set. */
export function perlAction(world: World, scope: Scope): string {
  const { random } = world
  const variable = `%${random.pick(VARIABLES)}`
  const action = {
    eval: evalAction,
    call: callAction,
    lcall: lcallAction,
    given: givenAction,
    truth: () => `if ${variable} ( eval ${variable} ( 0 ) ) else ( eval ${variable} ( "0.0" ) )`
  }[random.weighted({ eval: 6, call: 4, lcall: 4, given: 4, truth: 0.7 })](world, scope, variable)
  return `${action}; write - ${world.nextTag()}: [%a][%b][%c]`
}

function evalAction(world: World, scope: Scope, variable: string): string {
  const { random } = world
  const value = matchVariable(world, scope)
  return random.pick([
    `eval ${variable} ( length "${value}" )`,
    `eval ${variable} ( ("one", undef, "two") )`,
    `eval ${variable} ( () )`,
    `eval ${variable} ( $count = ($count || 0) + 2; $count )`,
    `eval ${variable} ( die "no" )`,
    `eval ${variable} ( time() - 1 )`,
    `eval ${variable} ( 1 + )`,
    `eval ${variable} ( join ",", sort grep { /e/ } @last )`,
    `eval ${variable} ( undef )`,
    `eval ${variable} ( join ":", (localtime(time() + 40))[2, 1, 8] )`,
    `eval ${variable} ( sprintf("%%03d|%%-4s|%%.2f", $count || 0, "${value}", 2 / 3) )`,
    `eval ${variable} ( $kept ? join("+", map { ref $kept->{$_} || $kept->{$_} // "undef" } sort keys(%{$kept})) : "none" )`,
    `eval ${variable} ( exists $main::context_list{"A"} ? scalar @{$main::context_list{"A"}{"Buffer"}} : "no context" )`,
    `eval ${variable} ( my $n = eval { die "inner\\n" }; my $e = $@; chomp $e; (defined $n ? 1 : 0) . $e )`
  ])
}

/** The function in `%f`, or what is none. */
function callAction(world: World, scope: Scope, variable: string): string {
  const { random } = world
  const value = matchVariable(world, scope)
  const other = `%${random.pick(VARIABLES)}`
  return random.pick([
    `eval %f ( sub { join "+", scalar(@_), @_ } ); call ${variable} %f ${value} ${other}`,
    `eval %f ( my $n = 0; sub { ++$n . ($_[0] // "") } ); call ${variable} %f ${value}; call ${other} %f`,
    `eval %f ( sub { die "no" if @_ > 1; return } ); call ${variable} %f ${value}`,
    `eval %f ( sub { (scalar @last, undef, $_[0]) } ); call ${variable} %f ${value}`,
    `lcall %f ${value} -> ( sub { my $made = "@_"; sub { $made .= "." ; $made } } ); call ${variable} %f x`,
    `eval %f ( { no => "function" } ); call ${variable} %f x`,
    `call ${variable} %f one`,
    `call ${variable} %f ${value} two three`,
    `call ${variable} ${other} x`,
    `call %f %f ${value}; free %f; call ${variable} %f x`
  ])
}

function lcallAction(world: World, scope: Scope, variable: string): string {
  const { random } = world
  const value = matchVariable(world, scope)
  const other = `%${random.pick(VARIABLES)}`
  return random.pick([
    `lcall ${variable} ${value} ${other} -> ( sub { scalar(@_) . ":" . join "|", @_ } )`,
    `lcall ${variable} -> ( sub { return } )`,
    `lcall ${variable} -> ( sub { map { $_ * 2 } 1 .. 3 } )`,
    `lcall ${variable} ${value} -> ( sub { die "no" if $_[0] =~ /o/; uc $_[0] } )`,
    `lcall ${variable} ${value} -> ( do { my @all; sub { push @all, @_; shift @all if @all > 2; "@all" } } )`,
    `lcall ${variable} ${value} -> ( sub { $seen{$_[0]} += 2; undef } )`
  ])
}

function givenAction({ random }: World, _scope: Scope, variable: string): string {
  const entry = random.pick(ENTRIES)
  return random.pick([
    `lcall ${variable} ${entry} NONE :> ( sub { defined $_[0] ? join(",", map { "$_=" . (defined $_[0]{$_} ? ref $_[0]{$_} || $_[0]{$_} : "undef") } sort keys %{$_[0]}) : "none" } )`,
    `lcall ${variable} ${entry} :> ( sub { return 0 unless defined $_[0]; $_[0]{m} = "set"; delete $_[0]{n}; $_[0]{list}[0]++; $_[0]{list}[0] } )`,
    `lcall ${variable} ${entry} ${random.pick(ENTRIES)} :> ( sub { my ($one, $two) = @_; return "not both" unless $one && $two; $two->{n} = $one->{n}; ($one == $two, $two->{n}) } )`,
    `lcall ${variable} ${entry} :> ( sub { my $hash = shift or die "no entry"; return ref $hash->{who} ? scalar @{$hash->{who}} : $hash->{0} } )`,
    `lcall ${variable} ${entry} :> ( sub { $kept = $_[0]; $kept ? ++$kept->{n} : () } )`
  ])
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
        `sub { die "no\\n" if @{$_[1]} > 3; @{$_[1]} % 2 }`,
        `sub { my ($text, $tokens, $times) = @_; return unless "@$tokens" eq $text && @$tokens == @$times; push @last, $tokens->[-1]; "0.0" }`,
        `do { my $calls = 0; sub { pop @{$_[1]}; (1, ++$calls % 2) } }`
      ])
    ]
  ]
}
