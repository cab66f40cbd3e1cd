#!/usr/bin/env node
// Does every line of a FIFO that is written in bursts arrive once, and does memory stay where it was? See README.md.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random, ruleFile, syslogLine } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    state: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false }
  }
})
const total = Number(values.lines)
const reference = 100_000
const LIMIT_MB = values.state ? 10 : 20
if (!(total > reference)) throw new RangeError(`--lines ${values.lines}: expected more than ${reference}`)

const root = fileURLToPath(new URL('..', import.meta.url))
/** The number at a line's end goes to a file: what is lost, doubled or out of order shows. */
const numberRule = numbers => `type=Single
ptype=RegExp
pattern=#(\\d+)$
continue=TakeNext
desc=number
action=write ${numbers} $1

`

/** Each line makes a context with an event and an operation, every hundredth a pair; they end long before their time. */
const stateRules = `type=SingleWithThreshold
ptype=RegExp
pattern=#(\\d+)$
continue=TakeNext
desc=line $1
action=create LINE_$1 3600; add LINE_$1 $0; delete LINE_$1; reset 0 %s
window=3600
thresh=1

type=Pair
ptype=RegExp
pattern=#(\\d*)00$
continue=TakeNext
desc=hundred $1
action=none
ptype2=RegExp
pattern2=#\${1}99$
desc2=hundred %1
action2=none
continue2=TakeNext
window=3600

type=SingleWithThreshold
ptype=RegExp
pattern=#\\d*(\\d\\d)$
continue=TakeNext
desc=ending $1
action=none
window=3600
thresh=50

`
// A young generation that does not grow, and all that is dead freed each time: the resident set is what lives. Without
// them it rises to a level of V8's own choice first, some 20 to 30 MB higher, and only then stays.
const stateFlags = ['--gc-global', '--min-semi-space-size=16', '--max-semi-space-size=16']

function residentMb(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)
  return Number(kilobytes) / 1024
}

/** Waits until the numbers 0 to `count` - 1 are written. */
async function caughtUp(correlog, numbers, count) {
  let bytes = 0
  for (let digits = 1, first = 0; first < count; digits++) {
    const end = Math.min(10 ** digits, count)
    bytes += (end - first) * (digits + 1)
    first = end
  }
  const size = () => statSync(numbers, { throwIfNoEntry: false })?.size ?? 0
  let last = 0
  let quietSince = Date.now()
  while (size() < bytes) {
    if (correlog.exitCode !== null) throw new Error(`correlog exited with ${correlog.exitCode}`)
    if (size() > last) {
      last = size()
      quietSince = Date.now()
    }
    if (Date.now() - quietSince > 10_000) throw new Error(`stopped at ${last} of ${bytes} bytes`)
    await sleep(20)
  }
}

async function measure(correlog, fifo, numbers) {
  const next = random(1)
  const writer = await open(fifo, 'r+')
  const resident = {}
  const started = performance.now()
  try {
    for (let index = 0; index < total; ) {
      const burst = Math.min(
        1 + Math.floor(next() * 20_000),
        total - index,
        index < reference ? reference - index : total
      )
      let text = ''
      for (let count = 0; count < burst; count++, index++) text += `${syslogLine(next, index)} #${index}\n`
      await writer.writeFile(text)
      await sleep(next() * 20)
      if (index === reference) {
        await caughtUp(correlog, numbers, reference)
        resident.referenceMb = residentMb(correlog.pid)
      }
    }
    await caughtUp(correlog, numbers, total)
    resident.endMb = residentMb(correlog.pid)
  } finally {
    await writer.close()
  }
  const seconds = (performance.now() - started) / 1000
  const arrived = readFileSync(numbers, 'latin1').split('\n').slice(0, -1)
  const wrong = arrived.findIndex((number, index) => number !== String(index))
  return { lines: total, arrived: arrived.length, inOrder: wrong === -1, seconds, ...resident }
}

async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
  const [fifo, rules, numbers] = ['fifo', 'rules.sec', 'numbers'].map(name => join(folder, name))
  try {
    writeFileSync(rules, numberRule(numbers) + (values.state ? stateRules : '') + ruleFile(10))
    spawnSync('mkfifo', [fifo])
    const args = [
      ...(values.state ? stateFlags : []),
      'dist/cli/main.js',
      'sec',
      `--conf=${rules}`,
      `--input=${fifo}`,
      '--debug=3',
      '--log=/dev/null'
    ]
    const correlog = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    const ended = once(correlog, 'exit')
    try {
      return await measure(correlog, fifo, numbers)
    } finally {
      correlog.kill('SIGTERM')
      await ended
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const results = []
for (let count = 0; count < Number(values.runs); count++) {
  const result = await run()
  results.push(result)
  const growth = result.endMb - result.referenceMb
  console.log(`lines written   ${result.lines} in ${result.seconds.toFixed(1)} s`)
  console.log(
    `lines handled   ${result.arrived}, ${result.inOrder ? 'each once and in order' : 'NOT each once and in order'}`
  )
  console.log(
    `resident set    ${result.referenceMb.toFixed(1)} MB after ${reference}, ${result.endMb.toFixed(1)} MB at the end`
  )
  console.log(`growth          ${growth.toFixed(1)} MB, at most ${LIMIT_MB} MB are allowed`)
  if (result.arrived !== total || !result.inOrder || growth > LIMIT_MB) process.exitCode = 1
}
if (values.save) saveFigures(values.state ? 'fifo-memory-state' : 'fifo-memory', { results })
