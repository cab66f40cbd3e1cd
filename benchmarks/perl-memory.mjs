#!/usr/bin/env node
// Does memory grow with the calls of Perl code? See README.md.
import { parseArgs } from 'node:util'
import { keptPerl } from './perl-host.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '5000000' },
    save: { type: 'boolean', default: false }
  }
})
const calls = Number(values.calls)
const SAMPLES = 20
/** What may be added after the first fifth: of the process, and of Perl's own memory. */
const LIMITS = { residentMiB: 16, perlMiB: 0.25 }

const perl = keptPerl()
const { host } = perl
const compile = text => {
  const outcome = host.compile(text, 0)
  if (!outcome.ok) throw new Error(outcome.error)
  return outcome.value
}
const ok = outcome => {
  if (!outcome.ok) throw new Error(outcome.error)
  return outcome.value
}

const trivial = compile('sub { $_[0] + 1 }')
const captures = compile('sub { $_[0] =~ /^(\\w+) (\\d+) (\\S+)\\[(\\d+)\\]/ ? ($1, $2, $3, $4) : () }')
const hashed = compile('sub { { name => $_[0], list => [1 .. 5], code => sub { $_[0] } } }')
const counting = compile('do { my %seen; sub { $seen{$_[0] % 1000}++; scalar keys %seen } }')
const changing = compile('sub { $_[0]{"k$_"} .= "x" for 1 .. 20; delete $_[0]{k3}; 1 }')
const timing = compile('sub { scalar localtime($_[0]) }')
const called = compile('sub { $_[0]->(1) }')
const joined = compile('sub { join "+", @{$_[0]} }')
const failing = compile('sub { die { code => $_[0] } }')
const printing = compile('sub { print "line $_[0]\\n"; main::log_msg(4, "said $_[0]"); return }')
const keys = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index + 1}`, `value ${index}`]))

const kinds = [
  n => ok(host.assign(trivial, { arguments: [String(n)] })),
  n => ok(host.match(captures, { arguments: [`host ${n} sshd[${n}]: failed`, 'log'] }, false)),
  n => host.release([ok(host.match(hashed, { arguments: [`name ${n}`] }, true)).hash.number]),
  n => ok(host.assign(counting, { arguments: [String(n)] })),
  () => {
    const onHash = (_index, { hash }) => host.release([hash])
    ok(host.test(changing, { arguments: [{ variables: keys }], onHash }))
  },
  n => ok(host.assign(timing, { arguments: [String(n)] })),
  n => {
    const { reference, text } = ok(host.evaluate(`my $n = ${n}; sub { $n += $_[0] }`)).value
    ok(host.assign(called, { arguments: [{ reference, text }] }))
    host.release([reference])
  },
  n => ok(host.evaluateTest(`$main::SEC::total += ${n} % 7`)),
  n => ok(host.assign(joined, { arguments: [{ list: ['a', String(n), '\xe9'] }] })),
  n => void host.assign(failing, { arguments: [String(n)] }),
  n => ok(host.assign(printing, { arguments: [String(n)] }))
]

/** The blocks that differ from how they were at the beginning: memory itself grows in leaps. */
const perlBytes = () => JSON.parse(host.memory.snapshot().get('perl/head')).blocks * 4096
const samples = []
const start = performance.now()
for (let count = 0; count < calls; count++) {
  kinds[count % kinds.length](count)
  // As checkpoints do it.
  if (count % 5000 === 0) host.memory.changes()
  if ((count + 1) % Math.floor(calls / SAMPLES) === 0) {
    globalThis.gc?.()
    samples.push({
      calls: count + 1,
      residentMiB: Number((process.memoryUsage.rss() / 2 ** 20).toFixed(1)),
      perlMiB: Number((perlBytes() / 2 ** 20).toFixed(2))
    })
    process.stderr.write(`${JSON.stringify(samples.at(-1))}\n`)
  }
}
const microseconds = ((performance.now() - start) * 1000) / calls
const warm = samples.slice(SAMPLES / 5)
const grown = name =>
  Number((warm.at(-1)[name] - Math.min(...warm.slice(0, 3).map(each => each[name]))).toFixed(2))
const result = {
  calls,
  microsecondsPerCall: Number(microseconds.toFixed(1)),
  grownResidentMiB: grown('residentMiB'),
  grownPerlMiB: grown('perlMiB'),
  limits: LIMITS,
  samples
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
if (values.save) saveFigures('perl-memory', result)
perl.close()
process.exitCode =
  result.grownResidentMiB <= LIMITS.residentMiB && result.grownPerlMiB <= LIMITS.perlMiB ? 0 : 1
