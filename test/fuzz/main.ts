import { parseArgs } from 'node:util'
import { fuzzForward } from './forward.ts'
import { fuzzRequests } from './otlp.ts'

/**
 * `npm run fuzz -- [--frames 1000000] [--seed 1] [--of forward] [--of otlp]`: mutated messages of the forward protocol, and mutated
 * requests of OTLP, ten thousand at a time, with the memory that is held. Ends with an error where anything is thrown that has no name. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      frames: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      of: { type: 'string', multiple: true, default: ['forward', 'otlp'] }
    }
  })
  const count = Number(values.frames)
  const seed = Number(values.seed)
  if (values.of.includes('forward')) await run('forward', count, seed, fuzzForward)
  if (values.of.includes('otlp')) await run('otlp', count, seed, fuzzRequests)
  return 0
}

async function run(
  name: string,
  count: number,
  seed: number,
  fuzz: (count: number, seed: number) => unknown
): Promise<void> {
  for (let done = 0; done < count; done += 10_000) {
    const result = (await fuzz(Math.min(10_000, count - done), seed + done)) as Readonly<
      Record<string, unknown>
    >
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const heldMiB = Math.round((heapUsed + arrayBuffers) / 2 ** 20)
    process.stdout.write(`${name} ${done + 10_000} ${JSON.stringify({ ...result, heldMiB })}\n`)
  }
}
