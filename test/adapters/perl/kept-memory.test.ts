import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PerlMemory } from '../../../plugin/perl/memory.ts'
import { applyChanges } from '../../plugin/state/apply-changes.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { type ObservedPerl, observedPerl } from '../../helpers/wasm-perl.ts'

const COUNT = 'do { my $n = 0; sub { return ++$n . ":" . ++$shared } }'

function kept(): ObservedPerl {
  return observedPerl({ isKept: true })
}

function memoryOf({ host }: ObservedPerl): PerlMemory {
  if (host.memory === undefined) throw new Error('it is not kept')
  return host.memory
}

function evaluated({ host }: ObservedPerl, code: string): unknown {
  const outcome = host.evaluate(code)
  if (!outcome.ok) return { error: outcome.error }
  return outcome.value.isSet ? outcome.value.value : 'nothing'
}

/** To be compared, and shown. */
function shown(entries: ReadonlyMap<string, string>): string[] {
  const sums = [...entries].map(([key, value]) => `${key} ${crc32(Buffer.from(value, 'latin1'))}`)
  return sums.sort()
}

/** Compiles it, or finds it compiled, and calls it. */
function called({ host }: ObservedPerl, code: string, ...parameters: string[]): unknown {
  const compiled = host.compile(code, 0)
  if (!compiled.ok) return compiled.error
  const outcome = host.assign(compiled.value, { arguments: parameters })
  return outcome.ok && outcome.value.isSet ? outcome.value.value : outcome
}

/** The Perl of the next process. */
function restored(
  entries: ReadonlyMap<string, string>,
  life: string | undefined,
  perl = kept()
): ObservedPerl {
  expect(memoryOf(perl).restore(entries, life)).toMatchObject({ ok: true })
  return perl
}

describe('the next process goes on', () => {
  test('with variables, closures, references and hashes, code being found as it was compiled', () => {
    const first = kept()
    called(first, COUNT)
    called(first, COUNT)
    evaluated(first, '%hash = (a => [1, 2, { deep => "\\xe9" }]); sub named { "named @_" } srand(7); rand')
    const reference = evaluated(first, 'my $m = 10; sub { $m += $_[0] }') as {
      reference: number
      text: string
    }
    first.host.assign(reference, { arguments: ['5'] })
    const entries = memoryOf(first).snapshot()

    const second = kept()
    called(second, COUNT)
    restored(entries, first.host.life, second)
    expect(second.host.life).toBe(first.host.life)
    for (const perl of [first, second]) {
      expect(called(perl, COUNT)).toBe('3:3')
      expect(evaluated(perl, '$hash{a}[2]{deep}')).toBe('\xe9')
      expect(evaluated(perl, 'named(1)')).toBe('named 1')
      expect(perl.host.assign(reference, { arguments: ['1'] })).toMatchObject({ value: { value: '16' } })
      expect(evaluated(perl, 'die "x"')).toEqual({
        error: expect.stringMatching(/^x at \(eval \d+\)/) as unknown
      })
    }
    expect(evaluated(second, 'rand')).toBe(evaluated(first, 'rand'))
    expect(evaluated(second, 'die "x"')).toEqual(evaluated(first, 'die "x"'))
  })

  test('with code that the process before did not have', () => {
    const first = kept()
    called(first, COUNT)
    const second = kept()
    second.host.compile('do { sub added { "added" } sub { 1 } }', 0)
    restored(memoryOf(first).snapshot(), first.host.life, second)
    expect(evaluated(second, 'added()')).toBe('added')
  })

  test('without the files that were open, whose numbers no other file gets', context => {
    const path = join(scratchFolder(context), 'file')
    writeFileSync(path, 'one\ntwo\n')
    const first = kept()
    expect(evaluated(first, `open($f, "<", "${path}") && scalar <$f>`)).toBe('one\n')
    const second = kept()
    expect(memoryOf(second).restore(memoryOf(first).snapshot(), first.host.life)).toEqual({
      ok: true,
      lostFiles: 1
    })
    expect(evaluated(second, `open($g, "<", "${path}") && scalar <$g>`)).toBe('one\n')
    expect(evaluated(second, 'close($f); seek($g, 0, 0); join "", <$g>')).toBe('one\ntwo\n')
    expect(memoryOf(restored(memoryOf(second).snapshot(), second.host.life))).toBeDefined()
  })
})

describe('changes', () => {
  test('add up to the snapshot, and are none where no code has run', () => {
    const perl = kept()
    expect(memoryOf(perl).changes()).toEqual({ set: new Map(), deleted: [] })
    let entries = new Map<string, string>()
    for (const code of ['$a = 1', '@few = (1) x 5_000', '@few = (); $b = "x" x 100', '$a++']) {
      evaluated(perl, code)
      entries = applyChanges(entries, memoryOf(perl).changes())
      expect(memoryOf(perl).changes()).toEqual({ set: new Map(), deleted: [] })
      expect(shown(entries)).toEqual(shown(memoryOf(perl).snapshot()))
    }
    expect(evaluated(restored(entries, perl.host.life), '"$a $b"')).toBe(`2 ${'x'.repeat(100)}`)
  })

  test('of much at once are whole at once, and made small by and by', () => {
    const perl = kept()
    evaluated(perl, '$total += $_, $seen{"host$_"} = "user$_" for 1 .. 20_000')
    let entries = applyChanges(new Map(), memoryOf(perl).changes())
    const bytesOf = (): number => [...entries.values()].reduce((sum, { length }) => sum + length, 0)
    const first = bytesOf()
    expect(evaluated(restored(entries, perl.host.life), '"$total $seen{host777}"')).toBe('200010000 user777')
    evaluated(perl, '$seen{host777} = "changed"')
    let rounds = 0
    for (let last = memoryOf(perl).changes(); last.set.size > 0; last = memoryOf(perl).changes()) {
      entries = applyChanges(entries, last)
      rounds++
    }
    expect(bytesOf()).toBeLessThan(first / 2)
    expect(rounds).toBeLessThan(20)
    expect(shown(entries)).toEqual(shown(memoryOf(perl).snapshot()))
    expect(evaluated(restored(entries, perl.host.life), '"$total $seen{host777}"')).toBe('200010000 changed')
  })

  test('are not lost to a snapshot', () => {
    const perl = kept()
    evaluated(perl, '$a = 1')
    memoryOf(perl).snapshot()
    expect(shown(applyChanges(new Map(), memoryOf(perl).changes()))).toEqual(shown(memoryOf(perl).snapshot()))
  })

  test('go on from what was restored, and are few', () => {
    const first = kept()
    evaluated(first, '@list = (1) x 50_000')
    let entries = memoryOf(first).snapshot()
    const second = restored(entries, first.host.life)
    evaluated(second, '$list[7]++')
    const changes = memoryOf(second).changes()
    expect(changes.set.size).toBeLessThan(entries.size / 2)
    entries = applyChanges(entries, changes)
    expect(shown(entries)).toEqual(shown(memoryOf(second).snapshot()))
    expect(evaluated(restored(entries, second.host.life), 'join ",", @list[6 .. 8], scalar @list')).toBe(
      '1,2,1,50000'
    )
  })

  test('of a life that a limit has ended take it out, and a new one stands alone', () => {
    const perl = kept()
    evaluated(perl, '$kept = 1; @list = (1) x 50_000')
    let entries = applyChanges(new Map(), memoryOf(perl).changes())
    evaluated(perl, 'while (1) {}')
    expect(perl.host.life).toBeUndefined()
    const lost = applyChanges(entries, memoryOf(perl).changes())
    expect([...lost]).toEqual([])
    evaluated(perl, '$other = 2')
    entries = applyChanges(lost, memoryOf(perl).changes())
    expect(shown(entries)).toEqual(shown(memoryOf(perl).snapshot()))
  })

  test('after such an end and before anybody asks, the new life replaces the one before', () => {
    const perl = kept()
    evaluated(perl, '$kept = 1; @list = (1) x 50_000')
    let entries = applyChanges(new Map(), memoryOf(perl).changes())
    evaluated(perl, 'while (1) {}')
    evaluated(perl, '$other = 2')
    entries = applyChanges(entries, memoryOf(perl).changes())
    expect(shown(entries)).toEqual(shown(memoryOf(perl).snapshot()))
    const next = restored(entries, perl.host.life)
    expect([evaluated(next, '$kept'), evaluated(next, '$other')]).toEqual([undefined, '2'])
  })
})

test('numbers of references come once, over all lives', () => {
  const perl = observedPerl({ isKept: true, clock: () => Date.now() })
  const made = evaluated(perl, 'sub { 1 }') as { reference: number; text: string }
  evaluated(perl, 'while (1) {}')
  for (let count = 0; count < 20; count++) {
    expect((evaluated(perl, 'sub { 2 }') as typeof made).reference).not.toBe(made.reference)
  }
  expect(perl.host.assign(made, { arguments: [] }).ok).toBe(false)
})

describe('what is damaged or of another Perl is refused, and Perl stays as it was', () => {
  const first = kept()
  evaluated(first, '$before = 1')
  const life = first.host.life ?? ''
  const entries = memoryOf(first).snapshot()
  const second = kept()
  evaluated(second, '$own = 1')
  const [block = ''] = [...entries.keys()].filter(key => key !== 'perl/head')
  const head = JSON.parse(entries.get('perl/head') ?? '') as Record<string, unknown>
  const withHead = (change: Record<string, unknown>): [string, string] => [
    'perl/head',
    JSON.stringify({ ...head, ...change })
  ]

  test.each<[string, [string, string | undefined], RegExp]>([
    ['a missing block', [block, undefined], /blocks are not the/],
    ['a block of another moment', [block, `${entries.get('perl/head')}`], /blocks are not the/],
    [
      'a cut block',
      [block, entries.get(block)?.slice(0, -3)],
      new RegExp(`block ${block.slice(5)} is damaged`)
    ],
    ['a block that is none', ['perl/99999999', 'x'], /"perl\/99999999" is none of its/],
    ['no head', ['perl/head', undefined], /does not hold it/],
    ['a damaged head', ['perl/head', '{"build":1}'], /"perl\/head" is damaged/],
    ['another build', withHead({ build: 'abc' }), /of another build of Perl: abc; expected \w{64} \w{64}/],
    ['another version', withHead({ version: 9 }), /written in version 9; expected 1/],
    ['another life', withHead({ life: 'b' }), /of the life b; expected/],
    ['more memory than is allowed', withHead({ bytes: 2 ** 30 }), /has 1073741824 bytes; expected 134217728/]
  ])('%s', (_name, [key, value], reason) => {
    const damaged = new Map(entries)
    if (value === undefined) damaged.delete(key)
    else damaged.set(key, value)
    expect(memoryOf(second).restore(damaged, life)).toEqual({
      ok: false,
      reason: expect.stringMatching(reason) as unknown
    })
    expect(evaluated(second, '"$before|$own"')).toBe('|1')
    expect(shown(applyChanges(damaged, memoryOf(second).changes()))).toEqual(
      shown(memoryOf(second).snapshot())
    )
  })

  test('nothing at all', () => {
    expect(memoryOf(second).restore(new Map(), undefined)).toEqual({ ok: false, reason: undefined })
  })
})

test('code that is forgotten is compiled anew: closures begin anew, package variables stay', () => {
  const perl = kept()
  expect([called(perl, COUNT), called(perl, COUNT)]).toEqual(['1:1', '2:2'])
  perl.host.forgetCode()
  expect(called(perl, COUNT)).toBe('1:3')
  const next = restored(memoryOf(perl).snapshot(), perl.host.life)
  expect(called(next, COUNT)).toBe('2:4')
})

/** Each leaves something behind and says what it found. */
const OPERATIONS = [
  '++$n',
  'push @list, $n // 0; scalar @list',
  'shift @list // "none"',
  '$hash{$n // ""}{x}++; join ",", map { "$_=$hash{$_}{x}" } sort keys %hash',
  'delete $hash{(sort keys %hash)[0] // ""}; scalar keys %hash',
  'keys %hash; join ",", %hash ? (each %hash)[0] : ()',
  'my $c = $n // 0; push @subs, sub { $c += shift; "$c $n" }; scalar @subs',
  '@subs ? $subs[-1]->(3) : "none"',
  '$text .= chr(97 + length($text // "") % 26); $text =~ /(.{1,3})\\z/; $1',
  '($text // "") =~ s/a./A/; $text',
  '$big = "x" x 70_000; length $big',
  'undef $big; 1',
  '$self = { list => \\@list, n => \\$n }; $self->{me} = $self; "${$self->{n}} " . @{$self->{me}{list}}',
  'local $n = 5; join ",", sort { $a <=> $b } 3, 1, $n',
  'eval { die { code => $n } }; ref $@',
  'sprintf "%d %s", rand(1000), scalar(@list)',
  'sub counted { $count{$_[0]}++ } counted("a"); $count{a}'
]

test('random code gives the same, restarted or not', () => {
  const step = fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    restart: fc.constantFrom(0, 0, 0, 0, 0, 1)
  })
  const property = fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), steps => {
    const undisturbed = kept()
    let perl = kept()
    let entries = new Map<string, string>()
    for (const { operation, restart } of [{ operation: 'srand(1)', restart: 0 }, ...steps]) {
      expect([operation, evaluated(perl, operation)]).toEqual([operation, evaluated(undisturbed, operation)])
      entries = applyChanges(entries, memoryOf(perl).changes())
      if (restart === 1) perl = restored(entries, perl.host.life)
    }
  })
  fc.assert(property, { numRuns: 4, seed: 7 })
}, 60_000)
