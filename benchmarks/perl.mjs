#!/usr/bin/env node
// What does Perl in rules cost, beside SEC? See README.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random, syslogLine } from './corpus.mjs'
import { median, runMeasured } from './processor-time.mjs'
import { firstLine, saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    'no-calls': { type: 'boolean', default: false },
    save: { type: 'boolean', default: false }
  }
})
const runs = Number(values.runs)
const scale = Number(values.scale)

const sec = process.env.SEC_BIN ?? '/usr/bin/sec'
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const file = name => join(folder, name)
const EMPTY = file('empty')
writeFileSync(EMPTY, '')

const OPTIONS = ['--notail', '--debug=3', '--log=/dev/null']
/** `share`: of the lines that the others get; a slow one needs not so many. */
const PROGRAMS = {
  wasm: { command: [process.execPath, main, 'sec', ...OPTIONS], share: 1 },
  system: { command: [process.execPath, main, 'sec', '--perl=system', ...OPTIONS], share: 0.2 },
  sec: { command: ['perl', sec, ...OPTIONS], share: 1 }
}
const NAMES = Object.keys(PROGRAMS)

const MATCH = '$_[0] =~ /^(\\w+ +\\d+) ([\\d:]+) (\\S+) ([^:]+):/'
const perlFunc = (code, more = '') => `type=Single
ptype=PerlFunc
pattern=${code}
${more}continue=TakeNext
desc=call
action=none
`
const hash = perlFunc('sub { my %h = map { ("k$_", $_[0]) } 1 .. 20; return \\%h }', 'varmap=H\n')
/** What is called on each line. Those of the second name of a pair change a variable, so that Perl has to run them. */
const CALLS = {
  'no Perl': 'type=Single\nptype=SubStr\npattern=never seen\ncontinue=TakeNext\ndesc=none\naction=none\n',
  trivial: perlFunc('sub { return 0; }'),
  'trivial, counted': perlFunc('sub { ++$count; return 0; }'),
  '4 captures': perlFunc(`sub { return ${MATCH}; }`),
  '4 captures, counted': perlFunc(`sub { ++$count; return ${MATCH}; }`),
  'a hash of 20 keys': hash,
  'the same, then changed by reference': `${hash}
type=Single
ptype=Cached
pattern=H
context=H :> ( sub { $_[0]{k1} .= "x"; 1 } )
desc=changed
action=none
`
}

/** The rules that SEC's manual has for packets in its chapter on Perl, in our words. */
const PACKETS = `type=Jump
ptype=PerlFunc
pattern=sub { my(%field); my($text) = $_[0]; \\
  if ($text !~ /kernel: iptables:/g) { return 0; } \\
  while ($text =~ /\\G\\s*([A-Z]+)(?:=(\\S*))?/g) { $field{$1} = defined($2) ? $2 : 1; } \\
  return \\%field; }
varmap=PACKET
desc=fields of a packet
cfset=packets
`
const packetRule = (name, condition) => `type=SingleWithThreshold
ptype=Cached
pattern=PACKET
context=PACKET :> ( sub { ${condition} } )
desc=${name} from $+{SRC}
action=write - %s
window=3600
thresh=100
`
const PACKET_SET = `type=Options
procallin=no
joincfset=packets

${packetRule('ICMP $+{TYPE} $+{CODE}', 'return $_[0]->{"PROTO"} eq "ICMP";')}
${packetRule('SYN and FIN', 'return exists($_[0]->{"SYN"}) && exists($_[0]->{"FIN"});')}`

function packet(next) {
  const id = Math.floor(next() * 60_000)
  const head = `May 27 10:00:15 box kernel: iptables: IN=eth0 OUT= MAC=08:00:27:be:9e:2f:00:10:db:ff:20:03:08:00 SRC=10.6.4.${Math.floor(next() * 50)} DST=10.1.8.2`
  return next() < 0.3
    ? `${head} LEN=84 TOS=0x00 PREC=0x00 TTL=251 ID=${id} PROTO=ICMP TYPE=8 CODE=0 ID=11670 SEQ=2`
    : `${head} LEN=52 TOS=0x00 PREC=0x00 TTL=60 ID=${id} DF PROTO=TCP SPT=${id} DPT=23 WINDOW=49640 RES=0x00 SYN ${next() < 0.05 ? 'FIN ' : ''}URGP=0`
}

/** Processor time a line, of rules on so many lines, one in so many of them a packet. */
function measure(title, ruleFiles, lines, packets) {
  const files = Object.entries(ruleFiles).map(([name, text]) => {
    writeFileSync(file(name), text)
    return `--conf=${file(name)}`
  })
  const next = random(7)
  const all = Array.from({ length: lines }, (_, index) =>
    next() < packets ? packet(next) : syslogLine(next, index)
  )
  const raw = {}
  for (const name of NAMES) {
    raw[name] = { lines: Math.round(lines * PROGRAMS[name].share), start: [], run: [] }
    writeFileSync(
      file(`input-${name}`),
      all
        .slice(0, raw[name].lines)
        .map(line => `${line}\n`)
        .join('')
    )
  }
  const outputs = {}
  for (let count = 0; count < runs; count++) {
    // Each goes first in some of the runs, so that none always meets a warm machine.
    for (const name of [...NAMES.slice(count % NAMES.length), ...NAMES.slice(0, count % NAMES.length)]) {
      const run = input =>
        runMeasured([...PROGRAMS[name].command, ...files, `--input=${input}`], file('output'))
      raw[name].start.push(run(EMPTY))
      const whole = run(file(`input-${name}`))
      outputs[name] = whole.output
      raw[name].run.push(whole)
    }
  }
  if (outputs.wasm !== outputs.sec) throw new Error(`${title}: the outputs differ`)
  const figures = NAMES.map(name => [name, microseconds(raw[name])])
  return {
    title,
    lines,
    alerts: outputs.sec.split('\n').length - 1,
    microseconds: Object.fromEntries(figures),
    raw: plain(raw)
  }
}

function microseconds({ lines, start, run }) {
  const begin = median(start.map(({ cpu }) => cpu))
  const each = run.map(({ cpu }) => ((cpu - begin) * 1e6) / lines)
  const rounded = number => Number(number.toFixed(2))
  return {
    median: rounded(median(each)),
    least: rounded(Math.min(...each)),
    most: rounded(Math.max(...each))
  }
}

function plain(raw) {
  const times = list => list.map(({ wall, cpu }) => ({ wall, cpu }))
  return Object.fromEntries(
    NAMES.map(name => [
      name,
      { lines: raw[name].lines, start: times(raw[name].start), run: times(raw[name].run) }
    ])
  )
}

/** Seconds to the end of an empty input, and MiB of memory. */
function measureStart(title, rules) {
  writeFileSync(file('rules.sec'), rules)
  const told = "process.on('exit', () => process.stderr.write(`resident ${process.resourceUsage().maxRSS}`))"
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(told)}` }
  const all = Array.from({ length: runs }, () => {
    const command = [...PROGRAMS.wasm.command, `--conf=${file('rules.sec')}`, `--input=${EMPTY}`]
    const { wall, cpu, errors } = runMeasured(command, file('output'), environment)
    return { wall, cpu, residentMiB: Number(/resident (\d+)/.exec(errors)[1]) / 1024 }
  })
  const of = name => Number(median(all.map(each => each[name])).toFixed(2))
  return { title, wall: of('wall'), cpu: of('cpu'), residentMiB: Math.round(of('residentMiB')), raw: all }
}

function print(result, none) {
  const cells = NAMES.map(name => {
    const { median: middle, least, most } = result.microseconds[name]
    const own = none === undefined ? middle : middle - none.microseconds[name].median
    return `${own.toFixed(1)} (${least.toFixed(1)}–${most.toFixed(1)})`.padEnd(22)
  })
  console.log(`${result.title.padEnd(38)}${cells.join('')}`)
}

const calls = []
const packets = []
let starts
try {
  starts = [measureStart('no Perl', CALLS['no Perl']), measureStart('Perl', CALLS.trivial)]
  for (const { title, wall, cpu, residentMiB } of starts) {
    console.log(`start, ${title}: ${wall} s, ${cpu} s of processor time, ${residentMiB} MiB`)
  }
  const heads = NAMES.map(name => name.padEnd(22)).join('')
  if (!values['no-calls']) {
    console.log(`\n${'µs of processor time a call (a line)'.padEnd(38)}${heads}`)
    for (const [title, rules] of Object.entries(CALLS)) {
      calls.push(measure(title, { 'rules.sec': rules }, Math.round(60_000 * scale), 0))
      print(calls.at(-1), calls[1] === undefined ? undefined : calls[0])
    }
  }
  console.log(`\n${'µs of processor time a line'.padEnd(38)}${heads}`)
  for (const [share, lines] of [
    [0, 600_000],
    [0.1, 400_000],
    [1, 100_000]
  ]) {
    const title = `packets ${share * 100} % of the lines`
    const result = measure(
      title,
      { 'main.sec': PACKETS, 'packets.sec': PACKET_SET },
      Math.round(lines * scale),
      share
    )
    result.ratio = Number((result.microseconds.sec.median / result.microseconds.wasm.median).toFixed(2))
    packets.push(result)
    print(result)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (values.save) {
  const versions = { perl: firstLine('perl', '-e', 'print $^V'), sec: firstLine('perl', sec, '--version') }
  saveFigures('perl', { versions, starts, calls, packets })
}

for (const { title, ratio } of packets) {
  console.log(`${title}: ${ratio} of SEC's records for a second of processor time`)
  if (ratio >= 1) continue
  console.error(`${title}: slower than SEC`)
  process.exitCode = 1
}
