import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPerl } from '../../../adapters/perl/create-perl.ts'
import type { PerlHost } from '../../../plugin/perl/host.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { requireCurrentSec, requirePerl } from '../../helpers/requirements.ts'
import { scratchFolder } from '../../helpers/scratch.ts'

const system = requirePerl()
const sec = requireCurrentSec()

interface Started {
  readonly host: PerlHost
  readonly log: string[]
}

function start(runtime: 'wasm' | 'system', onTestFinished: (end: () => void) => void): Started {
  const log: string[] = []
  const perl = createPerl({
    runtime,
    timeZone: UTC,
    log: (level, message) => log.push(`${level} ${message}`),
    print: () => {},
    mayRunPrograms: false,
    now: () => 100,
    onExit: () => {}
  })
  onTestFinished(() => perl.close())
  return { host: perl.host, log }
}

/** What it says, or its value. */
function said({ host }: Started, code: string): string | undefined {
  const outcome = host.evaluate(code)
  if (!outcome.ok) return outcome.error
  return outcome.value.isSet && typeof outcome.value.value === 'string' ? outcome.value.value : undefined
}

const ELSE =
  "is not there in correlog, where code has %main::context_list and main::log_msg() of SEC's own, at (eval"

describe.each(['wasm', 'system'] as const)("what SEC's own code has, asked for under %s", runtime => {
  test.for([
    ['%main::corr_list', 'keys %main::corr_list'],
    ['%main::corr_list', '$main::corr_list{"x"}'],
    ['%main::corr_list', 'exists $main::corr_list{"x"} ? 1 : 0'],
    ['%main::corr_list', 'scalar(%main::corr_list)'],
    ['%main::corr_list', '$main::corr_list{"x"}{"Time"} = 5'],
    ['%main::corr_list', 'delete $main::corr_list{"x"}'],
    ['%main::corr_list', '%main::corr_list = ()'],
    ['%main::variables', 'while (my ($n, $v) = each %main::variables) {}'],
    ['@main::events', 'push @main::events, "x"'],
    ['@main::events', 'scalar @main::events'],
    ['@main::pending_events', '$main::pending_events[0]'],
    ['@main::calendar', 'for my $rule (@main::calendar) {}'],
    ['@main::inputfiles', '@main::inputfiles = ("a")'],
    ['$main::debuglevel', '$main::debuglevel > 3'],
    ['$main::debuglevel', '"$main::debuglevel"']
  ])('%s, by %s', ([name, code = ''], context) => {
    if (runtime === 'system') system.need(context)
    expect(said(start(runtime, context.onTestFinished), code)).toMatch(`SEC's ${name} ${ELSE}`)
  })

  test('a function', context => {
    if (runtime === 'system') system.need(context)
    expect(said(start(runtime, context.onTestFinished), 'main::read_line(1)')).toMatch(
      /^Undefined subroutine &main::read_line called at \(eval \d+\) line 1\. \(of SEC's own there is main::log_msg\)$/
    )
  })

  test('a pattern that asks for one says so for each line, and goes on', context => {
    if (runtime === 'system') system.need(context)
    const { host } = start(runtime, context.onTestFinished)
    const code = host.compile('sub { return 0 if $_[0] eq "a"; return scalar keys %main::corr_list }', 0)
    if (!code.ok) throw new Error(code.error)
    const match = (line: string): unknown => host.match(code.value, { arguments: [line] }, false)
    expect(match('a')).toEqual({ ok: true, value: undefined })
    for (const line of ['b', 'c']) {
      expect(match(line)).toEqual({
        ok: false,
        error: expect.stringContaining('%main::corr_list') as unknown
      })
    }
  })

  test("the code's own variables of the same names are its own", context => {
    if (runtime === 'system') system.need(context)
    const started = start(runtime, context.onTestFinished)
    expect(
      said(
        started,
        `@events = (1, 2); push @events, 3; %corr_list = (a => 1); $debuglevel++; $main::mine = 4; %main::seen = (b => 5);
         join ",", @events, %corr_list, $debuglevel, $main::mine, %main::seen, $main::SEC::debuglevel`
      )
    ).toBe('1,2,3,a,1,1,4,b,5,1')
    expect(started.log).toEqual([])
  })

  test('a single value that code sets is its own, which is said once', context => {
    if (runtime === 'system') system.need(context)
    const started = start(runtime, context.onTestFinished)
    const folder = scratchFolder(context)
    writeFileSync(
      join(folder, 'own.pl'),
      'package main; $version = "1.2"; $version .= ".3"; sub own_version { return $version } 1;'
    )
    expect(said(started, `require "${folder}/own.pl"; main::own_version()`)).toBe('1.2.3')
    expect(started.log).toEqual([
      expect.stringMatching(
        /^3 Perl code sets SEC's \$main::version, which changes nothing in correlog, at .*own\.pl line 1$/
      )
    ])
  })

  test('messages go to the log: a level and their parts', context => {
    if (runtime === 'system') system.need(context)
    const started = start(runtime, context.onTestFinished)
    said(
      started,
      'main::log_msg(3, "one", "two"); main::log_msg(main::LOG_ERR, "three"); &main::log_msg(main::LOG_DEBUG(), "four")'
    )
    expect(started.log).toEqual(['3 one two', '2 three', '6 four'])
  })
})

/** Names of what SEC's code has in its symbol table, and not Perl itself or what modules put there. */
const NAMES = `package SymbolTable;
use B ();
my %before;
BEGIN { %before = map { $_ => 1 } keys %main:: }
INIT {
  for my $name (sort grep { /^\\w+$/ && !/^(?:_|\\d)/ && !$before{$_} } keys %main::) {
    next if ref \\$main::{$name} ne 'GLOB';
    my $glob = *{ $main::{$name} };
    print "%main::$name\\n" if *{$glob}{HASH};
    print "\\@main::$name\\n" if *{$glob}{ARRAY};
    print "\\$main::$name\\n" if !B::svref_2object(\\$glob)->SV->isa('B::SPECIAL');
  }
  exit 0;
}
1;
`

/** Of Getopt::Long and Perl, and what is here. */
const NOT_SECS = new Set([
  '$main::PERMUTE',
  '$main::REQUIRE_ORDER',
  '$main::RETURN_IN_ORDER',
  '$main::VERSION',
  '%main::SIG',
  '%main::context_list'
])

test("every variable of SEC's own says that it is not there", context => {
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'SymbolTable.pm'), NAMES)
  const { stdout } = spawnSync(system.need(context), [`-I${folder}`, '-MSymbolTable', sec.need(context)], {
    encoding: 'latin1'
  })
  const names = stdout.split('\n').filter(name => name !== '' && !NOT_SECS.has(name))
  expect(names.length).toBeGreaterThan(80)
  const started = start('wasm', context.onTestFinished)
  const silent = names.filter(
    name => !said(started, `my @all = ${name}; scalar @all`)?.startsWith(`SEC's ${name} is not there`)
  )
  expect(silent).toEqual([])
})
