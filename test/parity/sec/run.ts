import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParityCase, ParityOptions, ParityOutput } from '../case.ts'
import { SecServer } from './server.ts'

export interface SecOutput extends ParityOutput {
  /** SEC's own messages, errors and warnings only. */
  readonly log: string
}

/** The case has no end, or more output than anyone wants. */
export class SecKilled extends Error {}

/** Runs cases through SEC, each under the hash seeds that are asked for. */
export class SecRunner {
  readonly #sec: string
  readonly #servers = new Map<number, SecServer>()
  readonly #directory = mkdtempSync(join(tmpdir(), 'correlog-parity-'))
  #runs = 0

  constructor(sec: string) {
    this.#sec = sec
  }

  /** @throws SecKilled, or Error if SEC ends with another status than 0. */
  async run(parityCase: ParityCase, hashSeed: number): Promise<SecOutput> {
    const directory = join(this.#directory, String(++this.#runs))
    layOut(parityCase, directory)
    try {
      const { status, stdout } = await this.#server(hashSeed).run({
        directory,
        timeZone: parityCase.options.timeZone ?? 'UTC',
        arguments: secArguments(parityCase)
      })
      const log = readBytes(join(directory, 'log'))
      if (status === 'killed') throw new SecKilled('SEC ran too long or wrote too much')
      if (status !== '0')
        throw new Error(`SEC ended with ${status}: ${readBytes(join(directory, 'stderr'))}${log}`)
      return { stdout, files: writtenFiles(parityCase, directory), log }
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(server => server.stop()))
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #server(hashSeed: number): SecServer {
    let server = this.#servers.get(hashSeed)
    if (server === undefined) this.#servers.set(hashSeed, (server = new SecServer(this.#sec, hashSeed)))
    return server
  }
}

/** Writes the rule files and the timeline into a new directory. */
export function layOut({ files, modules = [], timeline }: ParityCase, directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const { name, text } of [...files, ...modules]) writeFileSync(join(directory, name), text, 'latin1')
  writeFileSync(join(directory, 'timeline'), timeline, 'latin1')
}

/** What is in the directory of a run besides what `layOut` and SEC's own messages put there. */
export function writtenFiles({ files, modules = [] }: ParityCase, directory: string): Record<string, string> {
  const known = new Set([...[...files, ...modules].map(file => file.name), 'timeline', 'log', 'stderr'])
  const names = readdirSync(directory, { encoding: 'latin1' }).filter(name => !known.has(name))
  const read = (name: string): string => readFileSync(Buffer.from(`${directory}/${name}`, 'latin1'), 'latin1')
  return Object.fromEntries(names.sort().map(name => [name, read(name)]))
}

function secArguments({ files, options }: ParityCase): string[] {
  const inputs = ['-', ...(options.inputs ?? [])]
  return [
    '--notail',
    '--nochildterm',
    '--blocksize=65536',
    '--poll-timeout=0.001',
    '--debug=3',
    '--log=log',
    `--cleantime=${options.cleantime ?? 0}`,
    ...inputs.map(input => `--input=${input}`),
    ...flags(options),
    ...(options.bufsize === undefined ? [] : [`--bufsize=${options.bufsize}`]),
    ...files.map(file => `--conf=${file.name}`)
  ]
}

function flags(options: ParityOptions): string[] {
  const names = ['jointbuf', 'intevents', 'intcontexts'] as const
  return names.flatMap(name => {
    const value = options[name]
    return value === undefined ? [] : [value ? `--${name}` : `--no${name}`]
  })
}

function readBytes(path: string): string {
  return readFileSync(path, 'latin1')
}
