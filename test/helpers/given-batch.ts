import type { Batch, LateBatch } from '../../plugin/adapter.ts'

/** What a source gave, made if it is to be made yet. */
export function givenBatch(given: Batch | LateBatch): Batch {
  return typeof given === 'function' ? given() : given
}
