import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const MISSING = 'No such file or directory'
const TOO_LONG = /^Perl code ran for more than \d+ ms; what Perl variables held is lost$/

const EXIT = /^exit\(\d\) was called$/

/** What code tries, and the error that is logged then. */
const ATTACKS: readonly (readonly [name: string, code: string, error: RegExp | string])[] = [
  ['loop', 'while (1) {}', TOO_LONG],
  ['catching', 'while (1) { eval { die "x" } }', /^Perl code (?:ran for|went too deep)/],
  ['regexp', '("a" x 60) =~ /^(?:(a+)\\1?(a*)\\2?)+[bc]$/', TOO_LONG],
  ['destructor', '{ package Bad; sub new { bless [] } sub DESTROY { 1 while 1 } } Bad->new; 1', TOO_LONG],
  ['sleep', 'sleep 1000', TOO_LONG],
  [
    'recursion',
    'my $f; $f = sub { $f->(@_, 1) }; $f->()',
    /^Perl code (?:ran for|went too deep)|memory are used up/
  ],
  ['gigabyte', 'my $x = "x" x 1e9; length $x', /^Perl code ran for|bytes of memory are used up/],
  ['memory', 'my @a; push @a, "x" x 1e6 while 1', /^Perl code ran for|bytes of memory are used up/],
  ['print', 'while (1) { print "y" x 1000 }', /^Perl code printed more than 1048576 bytes in one call/],
  ['warn', 'while (1) { print STDERR "y" x 1000 }', /^Perl code printed more than 1048576 bytes in one call/],
  ['exit', 'exit 3', EXIT],
  ['caught exit', 'eval { exit 4 }; 1', EXIT],
  ['POSIX exit', 'require POSIX; POSIX::_exit(5)', EXIT],
  ['raw exit', 'CORE::exit(6)', /^Perl code has ended its Perl with status 6/],
  ['shadow', 'open(my $f, "<", "/etc/shadow") or die "shadow: $!"; <$f>', `shadow: ${MISSING}`],
  ['stat', 'stat("/etc/shadow") or die "stat: $!"', `stat: ${MISSING}`],
  ['environ', 'open(my $f, "<", "/proc/self/environ") or die "environ: $!"; <$f>', `environ: ${MISSING}`],
  ['link out', 'open(my $f, "<", "rules/link") or die "out: $!"; <$f>', `out: ${MISSING}`],
  ['dots', 'open(my $f, "<", "rules/../precious") or die "dots: $!"; <$f>', `dots: ${MISSING}`],
  ['chdir', 'chdir "rules/.."; open(my $f, "<", "precious") or die "cd: $!"; <$f>', `cd: ${MISSING}`],
  ['folder', 'opendir(my $d, "/") or die "folder: $!"; join " ", readdir $d', `folder: ${MISSING}`],
  ['glob', 'my @names = glob("/etc/*"); @names or die "glob: none\\n"; "@names"', 'glob: none'],
  ['write', 'open(my $f, ">", "written") or die "write: $!"; print $f "x"', `write: ${MISSING}`],
  ['write in', 'open(my $f, ">", "rules/written") or die "in: $!"; print $f "x"', `in: ${MISSING}`],
  ['append', 'open(my $f, ">>", "precious") or die "append: $!"; print $f "x"', `append: ${MISSING}`],
  ['change', 'open(my $f, "+<", "rules/test.sec") or die "change: $!"; print $f "x"', `change: ${MISSING}`],
  ['truncate', 'truncate("precious", 0) or die "truncate: $!"', `truncate: ${MISSING}`],
  ['unlink', 'unlink("precious") or die "unlink: $!"', `unlink: ${MISSING}`],
  ['rename', 'rename("precious", "rules/p") or die "rename: $!"', `rename: ${MISSING}`],
  ['symlink', 'symlink("/etc/shadow", "rules/new") or die "symlink: $!"', `symlink: ${MISSING}`],
  ['hard link', 'link("precious", "rules/hard") or die "hard: $!"', `hard: ${MISSING}`],
  ['mkdir', 'mkdir("rules/d") or die "mkdir: $!"', `mkdir: ${MISSING}`],
  ['chmod', 'chmod(0777, "rules/test.sec") or die "chmod: $!"', 'chmod: Function not implemented'],
  ['utime', 'utime(1, 1, "rules/test.sec") or die "utime: $!"', `utime: ${MISSING}`],
  ['system', 'system("rm -f precious") == 0 or die "system: $!"', 'system: Operation not permitted'],
  ['system list', 'system("rm", "-f", "precious") == 0 or die "list: $!"', 'list: Operation not permitted'],
  ['core system', 'CORE::system("rm -f precious") == 0 or die "core: $!"', 'core: Operation not permitted'],
  ['exec', 'exec("rm -f precious"); die "exec: $!"', 'exec: Operation not permitted'],
  ['backticks', 'my $x = `rm -f precious`; defined $x or die "tick: $!"', 'tick: Operation not permitted'],
  ['pipe in', 'open(my $p, "rm -f precious |") or die "pipe: $!"; <$p>', 'pipe: Operation not permitted'],
  [
    'pipe out',
    'open(my $p, "|-", "rm", "-f", "precious") or die "to: $!"; close $p',
    'to: Operation not permitted'
  ],
  ['driver', 'Correlog::Driver::ask("run", "system", "rm -f precious"); die "asked\\n"', 'asked'],
  ['fork', 'my $pid = fork(); die "forked $pid"', 'The fork function is unimplemented'],
  ['kill', 'kill(9, 1, -1); die "kill: $!"', /^kill: |unimplemented/],
  ['socket', 'socket(my $s, 2, 1, 6) or die "socket: $!"', 'Unsupported socket function "socket"'],
  ['syscall', 'syscall(39)', 'The syscall function is unimplemented'],
  ['environment', 'die "secret: " . join(",", grep { /SECRET/ } keys %ENV) . "\\n"', 'secret: ']
]

/** In the forms of SEC's action lists, where `%` and `$` stand for variables. */
const masked = (code: string): string => code.replaceAll('%', '%%').replaceAll('$$', '$$$$')

const RULES = `type=Single
ptype=RegExp
pattern=^ok (.+)
desc=ok
action=alert ok $1

type=Single
ptype=PerlFunc
pattern=sub { if ($_[0] eq "attack pattern") { 1 while 1 } return 0 }
desc=never
action=alert never

type=Single
ptype=SubStr
pattern=attack context
context=( =( 1 while 1; 1 ) )
desc=never
action=alert never

type=Single
ptype=SubStr
pattern=attack function
context=( -> ( sub { open(my $f, "<", "/etc/shadow") or die "function: $!"; 1 } ) )
desc=never
action=alert never

${ATTACKS.map(
  ([name, code]) => `type=Single
ptype=RegExp
pattern=^attack ${name}$
desc=attack
action=eval %x ( ${masked(code)} ); if %x ( alert ${name} was let through: %x ); free %x
`
).join('\n')}`

const NAMES = [...ATTACKS.map(([name]) => name), 'pattern', 'context', 'function', 'nothing']
const LINES = NAMES.map(name => `attack ${name}\nok ${name}\n`).join('')

/** A folder with what must stay as it is. */
function setUp(context: TestContext): string {
  const folder = scratchFolder(context)
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/test.sec'), RULES)
  writeFileSync(join(folder, 'precious'), 'precious')
  symlinkSync('../precious', join(folder, 'rules/link'))
  writeFileSync(join(folder, 'lines'), LINES)
  return folder
}

function expectUntouched(folder: string): void {
  expect(readFileSync(join(folder, 'precious'), 'latin1')).toBe('precious')
  expect(readFileSync(join(folder, 'rules/test.sec'), 'latin1')).toBe(RULES)
  expect(readdirSync(join(folder, 'rules')).sort()).toEqual(['link', 'test.sec'])
  expect(readdirSync(folder)).not.toContain('written')
}

/** What code has printed without an end may stand anywhere, in the middle of a line too. */
function linesIn(output: string): string[] {
  return output.replaceAll(/y{3,}/g, '').match(/\{"(?:level|timestamp)":.*$/gm) ?? []
}

function alertsIn(output: string): unknown[] {
  return linesIn(output).map(line => (JSON.parse(line) as { readonly body: unknown }).body)
}

/** `isLimited`: the same is said once a minute only, whatever code it is of. */
function expectErrors(log: readonly string[], isLimited: boolean): void {
  const errors = log.flatMap(line => {
    const [, code, error] = /^Error evaluating code '([^]*)': ([^]*)$/.exec(line) ?? []
    return code === undefined || error === undefined ? [] : [{ code, error }]
  })
  const unsaid = ATTACKS.filter(([, code, expected]) => {
    const isExpected = (error: string): boolean =>
      typeof expected === 'string' ? error.startsWith(expected) : expected.test(error)
    return !errors.some(each => (isLimited || each.code === code) && isExpected(each.error))
  })
  expect(unsaid).toEqual([])
}

const STAGE = '--config stage.yaml --rules rules/*.sec --from file:lines --to file:alerts.jsonl --once'.split(
  ' '
)
const SECRET = { SECRET_TOKEN: 'hunter2' }

test('correlog sec --perl-sandbox: hostile code ends in an error, and the lines go on', async context => {
  const folder = setUp(context)
  const options = [
    '--perl-sandbox',
    '--conf=rules/*.sec',
    '--input=lines',
    '--notail',
    '--log=sec.log',
    '--debug=4'
  ]
  const run = new RunningCommand([process.execPath, correlogCommand(), 'sec', ...options], {
    folder,
    env: SECRET
  })
  onTestFinished(() => run.kill())
  expect(await run.ended()).toBe(0)
  expect(alertsIn(run.stdout)).toEqual(NAMES.map(name => `ok ${name}`))
  expectErrors(run.log, false)
  for (const message of [
    /^PerlFunc pattern runtime error: Perl code ran for more than 1000 ms/,
    /^Error evaluating code ' 1 while 1; 1 ': Perl code ran for more than 1000 ms/,
    /^Context expression runtime error: function: No such file or directory/,
    /^Perl code called exit\(3\), which ends nothing in the sandbox$/,
    /^Perl code runs no program, as this is not allowed: rm -f precious$/
  ]) {
    expect(run.log).toContainEqual(expect.stringMatching(message))
  }
  expectUntouched(folder)
}, 120_000)

test('correlog run: hostile code ends in an error, and the stream goes on', async context => {
  const folder = setUp(context)
  writeFileSync(
    join(folder, 'stage.yaml'),
    JSON.stringify({ perl: { maxTime: 0.5, maxMemoryBytes: 96 * 2 ** 20 } })
  )
  const run = new RunningCommand([process.execPath, correlogCommand(), 'run', ...STAGE], {
    folder,
    env: SECRET
  })
  onTestFinished(() => run.kill())
  expect(await run.ended()).toBe(0)
  expect(alertsIn(run.file('alerts.jsonl'))).toEqual(NAMES.map(name => `ok ${name}`))
  const log = linesIn(run.stderr).map(line => (JSON.parse(line) as { readonly message: string }).message)
  expectErrors(log, true)
  expect(log).toContain('Perl code called exit(3), which ends no stage')
  expectUntouched(folder)
}, 120_000)

test('a stage opens to code what its configuration says, and no more', async context => {
  const folder = scratchFolder(context)
  for (const name of ['rules', 'data', 'out', 'lib']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'data/table'), 'one')
  writeFileSync(join(folder, 'lib/Mine.pm'), 'package Mine; sub twice { 2 * $_[0] } 1;')
  writeFileSync(
    join(folder, 'rules/test.sec'),
    `type=Single
ptype=SubStr
pattern=go
desc=go
action=eval %a ( open(my $f, "<", "data/table") or die "$!"; <$f> ); eval %b ( open(my $f, ">", "out/written") or die "$!"; print $f "x"; close $f ); \\
       eval %c ( join ",", map { $ENV{$_} // "unset" } qw(SHOWN SECRET_TOKEN TZ) ); eval %d ( require Mine; Mine::twice(21) ); \\
       eval %e ( symlink("../data", "out/link"); open(my $f, ">", "out/link/table") ? "open" : "$!" ); alert %a %b %c %d %e
`
  )
  writeFileSync(join(folder, 'lines'), 'go\n')
  writeFileSync(
    join(folder, 'stage.yaml'),
    JSON.stringify({ perl: { read: ['data'], write: ['out'], environment: ['SHOWN'] } })
  )
  const run = new RunningCommand([process.execPath, correlogCommand(), 'run', ...STAGE], {
    folder,
    env: { ...SECRET, SHOWN: 'shown', PERL5LIB: join(folder, 'lib') }
  })
  onTestFinished(() => run.kill())
  expect(await run.ended()).toBe(0)
  expect(alertsIn(run.file('alerts.jsonl'))).toEqual([`one 1 shown,unset,UTC 42 ${MISSING}`])
  expect(run.file('out/written')).toBe('x')
  expect(run.file('data/table')).toBe('one')
}, 30_000)

test("--perl-sandbox is refused with the machine's own Perl, which it keeps nothing from", async context => {
  const folder = setUp(context)
  const options = ['--perl-sandbox', '--perl=system', '--conf=rules/*.sec', '--input=lines', '--notail']
  const run = new RunningCommand([process.execPath, correlogCommand(), 'sec', ...options], { folder })
  onTestFinished(() => run.kill())
  expect(await run.ended()).toBe(1)
  expect(run.stderr).toMatch(/^--perl-sandbox keeps nothing from the machine's own perl/)
})
