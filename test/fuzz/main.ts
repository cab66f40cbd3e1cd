import { parseArgs } from 'node:util'
import { fuzzForward } from './forward.ts'

/**
 * `npm run fuzz -- [--frames 1000000] [--seed 1]`: mutated messages of the forward protocol, ten thousand at a time, with the
 * memory that is held. Ends with an error where anything is thrown that has no name. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { frames: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } }
  })
  const count = Number(values.frames)
  for (let done = 0; done < count; done += 10_000) {
    const result = await fuzzForward(Math.min(10_000, count - done), Number(values.seed) + done)
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const heldMiB = Math.round((heapUsed + arrayBuffers) / 2 ** 20)
    process.stdout.write(`${done + 10_000} ${JSON.stringify({ ...result, heldMiB })}\n`)
  }
  return 0
}
