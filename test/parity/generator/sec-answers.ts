import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ParityCase, type ParityOutput, sameOutput } from '../case.ts'
import { SecKilled, SecRunner, type SecOutput } from '../sec/run.ts'

/** Hash seeds that have to agree, or SEC's order is not defined. */
const SEEDS = [1, 2, 3]
/** More of them, for a case on which the first agree and we do not. */
const MORE_SEEDS = Array.from({ length: 20 }, (_, index) => index + 4)
/** Many more, before a difference counts: the order of four operations is one of 24. */
const MOST_SEEDS = Array.from({ length: 130 }, (_, index) => index + 24)
/** Each seed has a process of its own. */
const SEEDS_AT_ONCE = 10

/** SEC's answers to cases, kept on disk between runs: the same case is never asked twice. */
export class SecAnswers {
  readonly #sec: string
  readonly #runner: SecRunner
  readonly #cache: string

  constructor(sec: string) {
    this.#sec = sec
    this.#runner = new SecRunner(sec)
    const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
    this.#cache = join(base, 'correlog-parity', versionOf(sec))
  }

  /** What SEC writes, or `undefined` where that depends on its hash order, programs race, or SEC had to be killed. */
  async definedAnswer(parityCase: ParityCase): Promise<SecOutput | undefined> {
    const runs = await Promise.allSettled(SEEDS.map(seed => this.#answer(parityCase, seed)))
    const failed = runs.find(run => run.status === 'rejected' && !(run.reason instanceof SecKilled))
    if (failed?.status === 'rejected') throw failed.reason
    const [first, ...others] = runs.flatMap(run => (run.status === 'fulfilled' ? [run.value] : []))
    if (others.length < SEEDS.length - 1) return undefined
    return first !== undefined && others.every(other => sameOutput(first, other)) ? first : undefined
  }

  /** Whether SEC writes this under some hash seed; `isThorough`: of very many, which takes a minute. */
  async gives(parityCase: ParityCase, output: ParityOutput, isThorough: boolean): Promise<boolean> {
    for (const seed of [...SEEDS, ...MORE_SEEDS])
      if (sameOutput(await this.#answer(parityCase, seed), output)) return true
    for (let from = 0; isThorough && from < MOST_SEEDS.length; from += SEEDS_AT_ONCE) {
      const runner = new SecRunner(this.#sec)
      try {
        for (const seed of MOST_SEEDS.slice(from, from + SEEDS_AT_ONCE))
          if (sameOutput(await this.#answer(parityCase, seed, runner), output)) return true
      } finally {
        await runner.stop()
      }
    }
    return false
  }

  /** Whether SEC answers otherwise when it is asked again, so many times, under the same hash seed. */
  async varies(parityCase: ParityCase, times: number): Promise<boolean> {
    const [seed = 1] = SEEDS
    const first = await this.#answer(parityCase, seed)
    for (let time = 0; time < times; time++) {
      if (!sameOutput(await this.#runner.run(parityCase, seed), first)) return true
    }
    return false
  }

  stop(): Promise<void> {
    return this.#runner.stop()
  }

  async #answer(parityCase: ParityCase, seed: number, runner = this.#runner): Promise<SecOutput> {
    const key = createHash('sha256')
      .update(JSON.stringify([parityCase, seed]))
      .digest('hex')
    const path = join(this.#cache, key.slice(0, 2), key)
    const known = readKnown(path)
    if (known !== undefined) return known
    const answer = await runner.run(parityCase, seed)
    mkdirSync(join(this.#cache, key.slice(0, 2)), { recursive: true })
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(answer))
    renameSync(`${path}.${process.pid}`, path)
    return answer
  }
}

function readKnown(path: string): SecOutput | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SecOutput
  } catch {
    return undefined
  }
}

/** Changes with SEC and with the way that it is run. */
function versionOf(sec: string): string {
  const hash = createHash('sha256')
  for (const file of [
    sec,
    join(import.meta.dirname, '../sec/SecServer.pm'),
    join(import.meta.dirname, '../sec/run.ts')
  ])
    hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}
