import { describe, expect, test } from 'vitest'
import { DriverHost } from '../../../adapters/perl/driver-host.ts'
import { SystemPerl } from '../../../adapters/perl/system/system-backend.ts'
import type { PerlAssignment, PerlCode, PerlOutcome } from '../../../plugin/perl/host.ts'
import { requirePerl } from '../../helpers/requirements.ts'

const perl = requirePerl()

interface Running {
  readonly host: DriverHost
  readonly backend: SystemPerl
  readonly exits: number[]
}

function start(program: string, onFinished: (end: () => void) => void, timeMs = 5000): Running {
  const exits: number[] = []
  const backend = new SystemPerl({
    program,
    questions: {
      answer: ([first, ...rest]) => [`asked for ${first}`, ...rest],
      output: () => {},
      errors: () => {}
    },
    isOutputTaken: true,
    timeMs,
    monotonic: () => performance.now()
  })
  onFinished(() => backend.close())
  const host = new DriverHost({
    backend,
    now: () => 1_700_000_000,
    onExit: status => exits.push(status),
    onContexts: () => {}
  })
  return { host, backend, exits }
}

function value(outcome: PerlOutcome<PerlAssignment>): unknown {
  if (!outcome.ok) return { error: outcome.error }
  return outcome.value.isSet ? outcome.value.value : 'nothing'
}

function compiled(host: DriverHost, code: string): PerlCode {
  const outcome = host.compile(code, 0)
  if (!outcome.ok) throw new Error(outcome.error)
  return outcome.value
}

describe("the machine's Perl", () => {
  test('runs code, with its own modules and programs', context => {
    const { host, exits } = start(perl.need(context), context.onTestFinished)
    expect(value(host.evaluate('40 + 2'))).toBe('42')
    expect(value(host.evaluate('time'))).toBe('1700000000')
    expect(value(host.evaluate('"\\xe9\\x00" . chr 8364'))).toBe('\xc3\xa9\0\xe2\x82\xac')
    expect(value(host.evaluate('length("\xe9\xff")'))).toBe('2')
    expect(value(host.evaluate('use POSIX (); POSIX::floor(2.5)'))).toBe('2')
    expect(value(host.evaluate('my $pid = fork(); exit 7 if !$pid; waitpid $pid, 0; $? >> 8'))).toBe('7')
    expect(value(host.evaluate('`echo said`'))).toBe('said\n')
    expect(value(host.evaluate('join ",", Correlog::Driver::ask("it", "\\xff")'))).toBe('asked for it,\xff')
    expect(value(host.evaluate('die "no\\n"'))).toEqual({ error: 'no' })
    expect(value(host.evaluate('exit 3'))).toEqual({ error: 'exit(3) was called' })
    expect(exits).toEqual([3])
  })

  test('takes messages of any length', context => {
    const { host } = start(perl.need(context), context.onTestFinished)
    const long = 'x\xff'.repeat(200_000)
    const code = compiled(host, 'sub { length($_[0]) . reverse $_[0] }')
    expect(value(host.assign(code, { arguments: [long] }))).toBe(`400000${'\xffx'.repeat(200_000)}`)
  })

  test('is started again when it has died, with all code compiled anew', context => {
    const { host, backend } = start(perl.need(context), context.onTestFinished)
    const code = compiled(host, 'sub { $count++ . " $_[0]" }')
    expect(value(host.assign(code, { arguments: ['a'] }))).toBe('0 a')
    const { life } = backend
    expect(value(host.evaluate('kill KILL => $$; 1'))).toEqual({
      error: 'the perl program has ended; it is started again, and what Perl variables held is lost'
    })
    expect(value(host.assign(code, { arguments: ['b'] }))).toBe('0 b')
    expect(backend.life).not.toBe(life)
  })

  test('is ended when it hangs', context => {
    const { host } = start(perl.need(context), context.onTestFinished, 300)
    const outcome = host.evaluate('while (1) { eval { sleep 1 } }')
    expect(outcome).toEqual({ ok: false, error: expect.stringContaining('more than 300 ms') as unknown })
    expect(value(host.evaluate('1'))).toBe('1')
  })

  test('is said when it can not be had', context => {
    const { host } = start('/no/such/perl', context.onTestFinished)
    expect(host.compile('sub { 1 }', 0)).toEqual({
      ok: false,
      error: expect.stringContaining("can't be started") as unknown
    })
  })
})
