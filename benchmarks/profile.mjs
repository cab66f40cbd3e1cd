// Reads what `node --cpu-prof` writes.

/** Areas of the program, by the file or the function that ran; the first that fits counts. */
const AREAS = [
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['waiting', ({ functionName }) => functionName === '(idle)'],
  [
    'reading lines of the file',
    ({ url }) => /adapters\/(file\/|sec-inputs\/|line-buffer|source-lines)/.test(url)
  ],
  ['decoding JSON', ({ url, functionName }) => /adapters\/codecs\//.test(url) || functionName === 'parse'],
  ['evaluating CEL', ({ url }) => /cel-js\/|patterns\/(cel\/|record\.)/.test(url)],
  ['matching, match variables', ({ url }) => /plugin\/(patterns\/|record-fields|line-template)/.test(url)],
  [
    'alerts',
    ({ url }) => /plugin\/alerts\/|alert-json|noble|plugin\/stage\/(delivery|sink-writer)/.test(url)
  ],
  ['rules, operations, passes', ({ url }) => /dist\/plugin\/(?!stage\/)/.test(url)],
  ['the stage: steps, settlement', ({ url }) => /dist\/(plugin\/stage\/|adapters\/wall-clock)/.test(url)],
  ['Node.js and V8: start, file system, event loop', () => true]
]

/** @returns {{ area: string, share: number }[]} percent of the samples in which it did not wait, greatest first */
export function profileTable({ nodes, samples, timeDeltas }) {
  const areaOf = new Map(nodes.map(({ id, callFrame }) => [id, AREAS.find(([, fits]) => fits(callFrame))[0]]))
  const times = new Map()
  for (const [index, id] of samples.entries()) {
    const area = areaOf.get(id)
    times.set(area, (times.get(area) ?? 0) + timeDeltas[index])
  }
  times.delete('waiting')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([area, time]) => ({ area, share: Number(((100 * time) / total).toFixed(1)) }))
    .sort((a, b) => b.share - a.share)
}
