import { expect, test } from 'vitest'
import { DriverHost } from '../../../../adapters/perl/driver-host.ts'
import { SystemPerl } from '../../../../adapters/perl/system/system-backend.ts'
import { requirePerl } from '../../../helpers/requirements.ts'
import { observedPerl } from '../../../helpers/wasm-perl.ts'
import { type Compared, compare } from './compare.ts'

/** As many as take a second or two; `npm run perl:diff` takes as many as are asked for. */
const SEEDS = Array.from({ length: 500 }, (_, seed) => seed)

/** Of something, and not of what is the same anyway. */
function isTelling({ quick, functions, answered, calls, matched }: Compared): boolean {
  return quick > functions / 2 && answered > calls / 3 && matched > answered / 10
}

test('random functions give what they give in the WebAssembly Perl', () => {
  const found = compare(observedPerl().host, SEEDS)
  expect(found.differences).toEqual([])
  expect(isTelling(found)).toBe(true)
})

test("random functions give what they give in the machine's Perl", context => {
  const backend = new SystemPerl({
    program: requirePerl().need(context),
    questions: { answer: () => [], output: () => {}, errors: () => {} },
    isOutputTaken: true,
    timeMs: 5000,
    monotonic: () => performance.now()
  })
  context.onTestFinished(() => backend.close())
  const found = compare(
    new DriverHost({ backend, now: () => 0, onExit: () => {}, onContexts: () => {} }),
    SEEDS
  )
  expect(found.differences).toEqual([])
  expect(isTelling(found)).toBe(true)
})
