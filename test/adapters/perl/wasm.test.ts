import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { onlyWithin } from '../../../adapters/perl/wasm/file-policy.ts'
import type { PerlAssignment, PerlCode, PerlOutcome } from '../../../plugin/perl/host.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { type ObservedPerl, observedPerl } from '../../helpers/wasm-perl.ts'

function value(outcome: PerlOutcome<PerlAssignment>): unknown {
  if (!outcome.ok) return { error: outcome.error }
  return outcome.value.isSet ? outcome.value.value : 'nothing'
}

function compiled({ host }: ObservedPerl, code: string): PerlCode {
  const outcome = host.compile(code, 0)
  if (!outcome.ok) throw new Error(outcome.error)
  return outcome.value
}

describe('code', () => {
  const perl = observedPerl()
  const { host } = perl

  test.each([
    ['a value', '40 + 2', '42'],
    ['several values are lines', '(1, undef, "x")', '1\n\nx'],
    ['no value', '()', 'nothing'],
    ['undefined', 'undef', undefined],
    ['bytes', '"\\xe9\\x00\\xff"', '\xe9\0\xff'],
    ['a wide character is its UTF-8', '"\\x{20ac}"', '\xe2\x82\xac'],
    ['bytes that came in are bytes', 'length("\xe9\xff")', '2'],
    ["it runs in SEC's package", '__PACKAGE__', 'main::SEC'],
    ['its time is that of the rules', 'time', '1700000000'],
    ['the number of the process', '$$', '4711'],
    ['the environment', '$ENV{COLOUR}', 'green'],
    ['what it dies of', 'die "no\\n"', { error: 'no' }],
    ['an object', 'die { code => 1 }', { error: expect.stringMatching(/^HASH\(0x/) as unknown }],
    ['a syntax error', '1 +', { error: expect.stringContaining('syntax error at (eval') as unknown }]
  ])('%s', (_name, code, expected) => {
    expect(value(host.evaluate(code))).toEqual(expected)
  })

  test('variables of the package are shared by all code', () => {
    host.evaluate('$counter = 5')
    const count = compiled(perl, 'sub { ++$counter }')
    expect(value(host.assign(count, { arguments: [] }))).toBe('6')
    expect(host.evaluateTest('$counter == 6')).toEqual({ ok: true, value: true })
  })

  test('what is no code reference is refused', () => {
    expect(host.compile('42', 0)).toEqual({ ok: false, error: '42' })
    expect(host.compile('undef', 0)).toEqual({ ok: false, error: '' })
    expect(host.compile('sub {', 0)).toEqual({
      ok: false,
      error: expect.stringContaining('Missing right curly') as unknown
    })
  })

  test('equal pieces of code have closures of their own', () => {
    const counting = 'do { my $n = 0; sub { ++$n } }'
    const [first, second] = [host.compile(counting, 0), host.compile(counting, 1)]
    if (!first.ok || !second.ok) throw new Error('not compiled')
    host.assign(first.value, { arguments: [] })
    expect(host.compile(counting, 0)).toEqual(first)
    expect(value(host.assign(first.value, { arguments: [] }))).toBe('2')
    expect(value(host.assign(second.value, { arguments: [] }))).toBe('1')
  })

  test('pieces of code are numbered as SEC numbers them', () => {
    const { host: fresh } = observedPerl()
    fresh.compile('sub { die }', 0)
    expect(value(fresh.evaluate('die "x"'))).toEqual({ error: 'x at (eval 46) line 1.' })
  })

  test('a pattern: values, a hash, nothing', () => {
    const match = (code: string, ...given: string[]): unknown => {
      const outcome = host.match(compiled(perl, code), { arguments: given }, false)
      return outcome.ok ? outcome.value?.variables : outcome
    }
    expect(match('sub { return ("a", undef, @_) }', 'x')).toEqual({ 1: 'a', 2: undefined, 3: 'x' })
    expect(match('sub { return { ip => "10.1.1.1", none => undef } }')).toEqual({
      ip: '10.1.1.1',
      none: undefined
    })
    expect(match('sub { return {} }')).toEqual({})
    expect(match('sub { return (0, 0) }')).toEqual({ 1: '0', 2: '0' })
    expect(match('sub { return 0 }')).toBeUndefined()
    expect(match('sub { return }')).toBeUndefined()
    expect(match('sub { die "gone\\n" }')).toEqual({ ok: false, error: 'gone' })
  })

  test('hashes are passed by reference and live on, with what they refer to', () => {
    const heard: unknown[] = []
    const onHash = (_index: number, hash: { hash: number; changed: unknown }): void => {
      heard.push(hash)
    }
    const change = compiled(perl, 'sub { $_[0]{n}++; $_[0]{list} = [1, 2]; defined $_[1] ? 1 : 0 }')
    const outcome = host.test(change, { arguments: [{ variables: { n: '1' } }, undefined], onHash })
    expect(outcome).toEqual({ ok: true, value: false })
    const [first] = heard as { hash: number; changed: unknown }[]
    expect(first?.changed).toEqual({ n: '2', list: expect.stringMatching(/^ARRAY/) as unknown })
    const look = compiled(perl, 'sub { $_[0]{list}[1] == 2 }')
    expect(host.test(look, { arguments: [{ hash: first?.hash ?? 0 }], onHash })).toEqual({
      ok: true,
      value: true
    })
    expect(heard[1]).toEqual({ hash: first?.hash, changed: undefined })
  })

  test('references go out by number and come back as themselves', () => {
    const made = value(host.evaluate('sub { "got @_" }')) as { reference: number; text: string }
    expect(made.text).toMatch(/^CODE\(0x/)
    const call = compiled(perl, 'sub { $_[0]->("x") }')
    expect(value(host.assign(call, { arguments: [made] }))).toBe('got x')
    host.release([made.reference])
    expect(host.assign(call, { arguments: [made] }).ok).toBe(false)
  })

  test('a list comes as a reference', () => {
    const join = compiled(perl, 'sub { join "+", @{$_[0]} }')
    expect(value(host.assign(join, { arguments: [{ list: ['1', '\xe9'] }] }))).toBe('1+\xe9')
  })

  test('bytes are matched as bytes, wherever they come from', () => {
    const inHash = compiled(perl, 'sub { join ",", map { /^\\w$/ ? 1 : 0 } %{$_[0]} }')
    const onHash = (): void => {}
    expect(value(host.assign(inHash, { arguments: [{ variables: { '\xe9': '\xe9' } }], onHash }))).toBe('0,0')
    const given = compiled(perl, 'sub { $_[0] =~ /^\\w$/ || utf8::is_utf8($_[0]) ? 1 : 0 }')
    expect(value(host.assign(given, { arguments: ['\xe9'] }))).toBe('0')
    expect(value(host.evaluate('"\xe9" =~ /\\w/ ? 1 : 0'))).toBe('0')
  })

  test('wide characters come back as their UTF-8, among bytes and undefined values', () => {
    const match = (code: string): unknown => {
      const outcome = host.match(compiled(perl, code), { arguments: [] }, false)
      return outcome.ok ? outcome.value?.variables : outcome
    }
    perl.printed.length = 0
    const expected = { a: '\xe9', '\xe2\x82\xac': '\xc3\xa9\xe2\x82\xac', none: undefined }
    expect(match('sub { return { a => "\\xe9", "\\x{20ac}" => "\\xe9\\x{20ac}", none => undef } }')).toEqual(
      expected
    )
    expect(match('sub { return ("\\xe9", undef, "\\x{20ac}") }')).toEqual({
      1: '\xe9',
      2: undefined,
      3: '\xe2\x82\xac'
    })
    // Nor does Perl warn of any.
    expect(perl.printed).toEqual([])
  })

  test('undefined values are nothing to warn of', () => {
    perl.printed.length = 0
    host.match(compiled(perl, 'sub { return (1, undef) }'), { arguments: [] }, false)
    host.match(compiled(perl, 'sub { return { a => undef } }'), { arguments: [] }, true)
    expect(perl.printed).toEqual([])
  })

  test('what is printed comes at once, in order', () => {
    perl.printed.length = 0
    host.evaluate('print "a"; print STDERR "b"; warn "c\\n"; printf "%s", "d"')
    expect(perl.printed).toEqual(['out:a', 'err:b', 'err:c\n', 'out:d'])
  })

  test('exit ends the call, also within eval, and is told', () => {
    perl.exits.length = 0
    expect(host.evaluate('eval { exit 3 }; 1')).toEqual({ ok: false, error: 'exit(3) was called' })
    expect(perl.exits).toEqual([3])
    expect(value(host.evaluate('1'))).toBe('1')
  })

  test("sleep waits for the rules' clock", () => {
    host.evaluate('select(undef, undef, undef, 0.25)')
    expect(perl.sleeps.at(-1)).toBeCloseTo(250)
  })
})

describe('files', () => {
  test('are read, written, listed and removed as in Perl everywhere', context => {
    const folder = scratchFolder(context)
    const { host } = observedPerl()
    const code = `
      my $d = "${folder}"; my @said;
      open(my $f, ">", "$d/a") or die "open: $!"; print $f "one\\ntwo\\n"; close $f;
      open($f, ">>", "$d/a"); print $f "three\\n"; close $f;
      open($f, "<", "$d/a"); my @lines = <$f>; seek($f, 4, 0); push @said, scalar(@lines), tell($f), scalar <$f>; close $f;
      open($f, "+<", "$d/a"); seek($f, 0, 2); push @said, tell($f); close $f;
      mkdir "$d/sub"; rename("$d/a", "$d/sub/b"); push @said, join(",", map { s/.*\\///r } glob("$d/sub/*"));
      opendir(my $dir, $d); push @said, join(",", sort readdir $dir); closedir $dir;
      push @said, -s "$d/sub/b", (-d "$d/sub") ? "folder" : "", (-e "$d/none") ? "there" : "none";
      symlink("sub/b", "$d/link"); push @said, readlink("$d/link"), -l "$d/link" ? "link" : "";
      unlink("$d/link", "$d/sub/b"); rmdir "$d/sub"; push @said, -e "$d/sub" ? "left" : "gone";
      join "|", @said`
    expect(value(host.evaluate(code))).toBe('3|4|two\n|14|b|.,..,sub|14|folder|none|sub/b|link|gone')
  })

  test('what the policy does not allow is not there', context => {
    const folder = scratchFolder(context)
    for (const name of ['read', 'write', 'other']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'read/a'), 'a')
    writeFileSync(join(folder, 'other/secret'), 'secret')
    symlinkSync(join(folder, 'other/secret'), join(folder, 'read/link'))
    symlinkSync(join(folder, 'other/new'), join(folder, 'write/dangling'))
    const { host } = observedPerl({ files: onlyWithin([join(folder, 'read')], [join(folder, 'write')]) })
    const attempt = (code: string): unknown => value(host.evaluate(`(${code}) ? "done" : "$!"`))
    const missing = 'No such file or directory'
    expect(attempt(`open(my $f, "<", "${folder}/read/a")`)).toBe('done')
    expect(attempt(`open(my $f, ">", "${folder}/write/a")`)).toBe('done')
    expect(attempt(`open(my $f, "<", "${folder}/write/a")`)).toBe('done')
    for (const code of [
      `open(my $f, "<", "${folder}/read/link")`,
      `open(my $f, "<", "${folder}/read/../other/secret")`,
      `open(my $f, ">", "${folder}/read/a")`,
      `open(my $f, ">", "${folder}/write/dangling")`,
      `open(my $f, "<", "/etc/passwd")`,
      `-e "/etc/shadow"`,
      `rename("${folder}/read/a", "${folder}/write/b")`,
      `link("${folder}/read/a", "${folder}/write/c")`,
      `unlink("${folder}/read/a")`,
      `mkdir("${folder}/other/d")`,
      `opendir(my $d, "/")`
    ]) {
      expect([code, attempt(code)]).toEqual([code, missing])
    }
    expect(readFileSync(join(folder, 'read/a'), 'latin1')).toBe('a')
  })
})

describe('limits: each ends the call, is said, and the next call works', () => {
  const perl = observedPerl({ limits: { timeMs: 300, memoryBytes: 96 * 2 ** 20, outputBytes: 10_000 } })
  const { host } = perl
  const add = compiled(perl, 'sub { $_[0] + 1 }')

  test.each([
    ['an endless loop', 'while (1) {}', /more than 300 ms/],
    ['an endless loop that catches errors', 'while (1) { eval { 1 } }', /more than 300 ms/],
    [
      'a regular expression without an end',
      '("a" x 60) =~ /^(?:(a+)\\1?(a*)\\2?)+[bc]$/',
      /more than 300 ms/
    ],
    ['recursion without an end', 'sub r { r(@_, 1) } r()', /more than 300 ms|too deep|memory/],
    ['a string of a gigabyte', '$x = "x" x 1e9; 1', /memory/],
    ['memory without an end', 'my @a; push @a, "x" x 1e6 while 1', /memory/],
    [
      'errors without an end, caught',
      'for (1 .. 1e9) { eval { die "x" } }',
      /more than 300 ms|caught too many errors/
    ],
    ['a long sleep', 'sleep 1000', /more than 300 ms/],
    ['a long wait', 'select(undef, undef, undef, 1000)', /more than 300 ms/],
    ["an exit of Perl's own", 'CORE::exit(7)', /^Perl code has ended its Perl with status 7; /],
    ['printing without an end', 'while (1) { print "y" x 1000 }', /printed more than 10000 bytes/]
  ])('%s', (_name, code, expected) => {
    const outcome = host.evaluate(code)
    expect(outcome.ok ? '' : outcome.error).toMatch(expected)
    expect(value(host.assign(add, { arguments: ['41'] }))).toBe('42')
  })

  test('what Perl variables held is lost then, and a new life counts', () => {
    host.evaluate('$kept = 1')
    const { life } = perl.backend
    host.evaluate('while (1) {}')
    expect(value(host.evaluate('$kept'))).toBeUndefined()
    expect(perl.backend.life).not.toBe(life)
  })

  test('programs are not run', () => {
    expect(value(host.evaluate('system("touch /tmp/never")'))).toBe('-1')
    expect(value(host.evaluate('scalar `echo x`'))).toBeUndefined()
    expect(value(host.evaluate('open(my $p, "echo x |") ? "open" : "no"'))).toBe('no')
    expect(value(host.evaluate('defined eval { fork() } ? "forked" : "no"'))).toBe('no')
  })
})
