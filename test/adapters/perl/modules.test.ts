import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { perlQuestions } from '../../../adapters/perl/questions.ts'
import { loadTimeZone } from '../../../adapters/time-zone.ts'
import { requirePerl } from '../../helpers/requirements.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { observedPerl } from '../../helpers/wasm-perl.ts'

const perl = requirePerl()
const ZONE = 'Europe/Berlin'

const questions = perlQuestions({
  timeZone: loadTimeZone(ZONE),
  log: () => {},
  print: () => {},
  mayRunPrograms: true,
  contexts: () => undefined
})

function ours(code: string): string {
  const { host } = observedPerl({ answer: question => questions.answer(question) })
  const outcome = host.evaluate(code)
  if (!outcome.ok) return `error: ${outcome.error}`
  const { value } = outcome.value.isSet ? outcome.value : { value: 'nothing' }
  return typeof value === 'object' ? value.text : (value ?? '')
}

/** Of the machine's Perl, with the modules that it has. */
function theirs(program: string, code: string): string {
  const whole = `package main::SEC; binmode STDOUT; my @v = eval { ${code} }; print $@ ne '' ? "error: $@" : join("\\n", map { defined $_ ? $_ : '' } @v)`
  const { stdout, stderr } = spawnSync(program, ['-e', whole], {
    encoding: 'latin1',
    env: { ...process.env, TZ: ZONE, LC_ALL: 'C' }
  })
  return stdout === '' && stderr !== '' ? `error: ${stderr}` : stdout
}

/** Around the ends of years, weeks and summer time, and any. */
const TIMES = [
  0, 951_782_399, 1_104_534_000, 1_230_768_000, 1_483_225_200, 1_609_455_600, 1_711_846_799, 1_711_846_800,
  1_729_987_199, 1_729_990_800, 1_735_599_600, 1_767_222_000, 2_000_000_000
]
const FORMATS =
  '%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%'

describe.each([
  [
    'POSIX',
    `use POSIX; join ",", floor(-1.5), floor(2), ceil(-1.5), ceil(1.2), fmod(7, 3), fmod(-7, 3), pow(2, 10), INT_MAX, INT_MIN, DBL_MAX`
  ],
  [
    'POSIX, numbers of texts',
    `use POSIX; join ",", map { my @r = strtol($_->[0], $_->[1]); "@r" } ["12x", 10], ["0x1f", 16], ["0x1f", 0], ["077", 0], ["zz", 36], ["-5 ", 10], ["x", 10]`
  ],
  [
    'POSIX by its full names',
    `require POSIX; join ",", POSIX::floor(3.7), POSIX::strtod("1.5e3x"), POSIX::LONG_MAX(), POSIX::fmin(1, 2)`
  ],
  [
    'POSIX, how programs end',
    `use POSIX ":sys_wait_h"; join ",", WIFEXITED(256), WEXITSTATUS(768), WIFSIGNALED(9), WTERMSIG(9), WNOHANG`
  ],
  [
    'POSIX, other functions',
    `use POSIX qw(log10 tan sinh modf ldexp frexp isatty); sprintf "%.6f " x 7, log10(1000), tan(1), sinh(1), modf(2.5), ldexp(3, 4), (frexp(10))[0]`
  ],
  ['strftime', `use POSIX qw(strftime); map { strftime("${FORMATS}", localtime $_) } ${TIMES.join(', ')}`],
  [
    'strftime of dates beyond their range',
    `use POSIX qw(strftime); map { strftime("%F %T %j %a", @$_) } [0,0,0,31,1,123], [75,61,25,1,0,100], [0,0,0,0,0,124], [0,0,0,1,11,100]`
  ],
  ['mktime', `use POSIX qw(mktime); map { mktime(localtime $_) } ${TIMES.join(', ')}`],
  [
    'mktime of dates beyond their range',
    `use POSIX qw(mktime); map { mktime(@$_) } [0,0,0,32,0,124], [0,60,0,1,0,124], [0,0,0,1,-1,124], [0,30,2,31,2,124]`
  ],
  ['localtime', `map { join(",", localtime $_), scalar localtime $_ } ${TIMES.join(', ')}`],
  ['ctime, asctime', `use POSIX; (ctime(1700000000), asctime(localtime 1700000000))`],
  [
    'Socket',
    `use Socket; join ",", inet_ntoa(inet_aton("10.1.2.3")), inet_ntoa((unpack_sockaddr_in(pack_sockaddr_in(514, inet_aton("127.0.0.1"))))[1]), AF_INET, SOCK_DGRAM, unpack("H*", pack_sockaddr_in(80, INADDR_LOOPBACK)), defined inet_aton("1.2.3.256") ? 1 : 0`
  ],
  [
    'Socket, IPv6',
    `use Socket qw(inet_pton inet_ntop AF_INET6); map { my $b = inet_pton(AF_INET6, $_); defined $b ? (unpack("H*", $b), inet_ntop(AF_INET6, $b)) : "none" } "::1", "2001:db8::ff00:42:8329", "::", "1::2::3", "fe80:0:0:1::", "12345::"`
  ],
  [
    'Storable',
    `use Storable qw(dclone freeze thaw); my $h = { a => [1, undef, "\\x{20ac}"], o => bless({ n => 1 }, "Thing") }; $h->{self} = $h->{a}; my $c = dclone($h); my $t = thaw(freeze($c)); join ",", ref $t->{o}, $t->{o}{n}, scalar @{$t->{a}}, defined $t->{a}[1] ? 1 : 0, length $t->{a}[2], $t->{self} == $t->{a} ? "same" : "copy", $c->{a} == $h->{a} ? "same" : "copy"`
  ],
  [
    'List::Util, Time::Local and others that it brings along',
    `use List::Util qw(sum max first); use Time::Local; use Data::Dumper; use Scalar::Util qw(blessed); $Data::Dumper::Sortkeys = $Data::Dumper::Indent = 1; join ",", sum(1 .. 4), max(3, 9, 2), first(sub { $_ > 2 }, 1 .. 5), timegm(0, 0, 0, 1, 0, 100), Dumper({ a => [1] })`
  ],
  ['Sys::Hostname', 'use Sys::Hostname; hostname'],
  [
    'JSON::PP',
    `use JSON::PP; my $j = JSON::PP->new->canonical; $j->encode($j->decode('{"b":[1,2.5,"x",null,true],"a":{"c":"\\\\u00e9"}}'))`
  ],
  [
    'Encode',
    `use Encode; join ",", length(decode("UTF-8", "\\xe2\\x82\\xac")), unpack("H*", encode("UTF-8", "\\x{e9}"))`
  ]
])('%s', (_name, code) => {
  test("is as the machine's Perl has it", context => {
    expect(ours(code)).toBe(theirs(perl.need(context), code))
  })
})

test('Storable keeps data in files', context => {
  const path = `${scratchFolder(context)}/kept`
  const code = `require Storable; Storable::store({ MY_A => [1, 2], x => "\\xe9" }, "${path}"); my $r = Storable::retrieve("${path}"); join ",", sort(keys %$r), @{$r->{MY_A}}, ord $r->{x}`
  expect(ours(code)).toBe('MY_A,x,1,2,233')
  expect(
    ours('require Storable; eval { Storable::retrieve("/dev/null") }; $@ =~ /no file of/ ? "refused" : $@')
  ).toBe('refused')
})

test('Cpanel::JSON::XS and JSON::XS stand on JSON::PP', () => {
  for (const name of ['Cpanel::JSON::XS', 'JSON::XS']) {
    expect(ours(`use ${name}; encode_json(decode_json('{"a":[1,"x"]}'))`)).toBe('{"a":[1,"x"]}')
    expect(ours(`use ${name} (); ${name}->new->canonical->encode({ b => 1, a => [] })`)).toBe(
      '{"a":[],"b":1}'
    )
    expect(
      ours(
        `use ${name}; my $d = ${name}->new->decode("[true,false]"); join ",", to_json($d), ref $d->[0], ${name}::is_bool($d->[1]) ? 1 : 0, ${name}::true() + 1`
      )
    ).toBe('[true,false],JSON::PP::Boolean,1,2')
  }
})

test('a module that is not there is said with its name', () => {
  expect(ours('require DBI; 1')).toMatch(/^error: Can't locate DBI.pm in @INC/)
  expect(ours('use POSIX qw(nice); 1')).toMatch(
    /^error: "nice" is not exported by the POSIX module of correlog/
  )
})

test('a module that Perl brings along is read on when it has loaded one from a file', () => {
  // IO::Socket of Perl's own uses Socket, which is ours.
  expect(ours('require IO::Socket::INET; IO::Socket::INET->new("127.0.0.1:9"); "loaded"')).toMatch(
    /^error: Unsupported socket function "socket" called/
  )
})

test('programs run where they may', () => {
  expect(ours('my @lines = `printf "a\\\\nb"`; scalar(@lines) . ":$lines[1]:$?"')).toBe('2:b:0')
  expect(ours('system("exit 3"); $? >> 8')).toBe('3')
  expect(ours('system("/no/such/program", "x")')).toBe('-1')
})
