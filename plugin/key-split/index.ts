/** Which rules do the same when the stream is split by a key. docs/kafka-routing.md has what that rests on. */
export type { SplitKey } from './key.ts'
export { type SplitOptions, type SplitVerdict, splitVerdicts } from './verdicts.ts'
