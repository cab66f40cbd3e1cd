import { type TestContext, test } from 'vitest'

/** Tests of a suite that do not hold for one adapter, by name, and why. */
export interface Skip {
  readonly reason: string
  readonly tests: readonly string[]
}

/** Declares a test of a contract, or its skip with the reason. */
export function contractTest(
  skip: readonly Skip[],
  name: string,
  run: (context: TestContext) => Promise<void>
): void {
  // oxlint-disable-next-line vitest/expect-expect -- the suite's tests assert
  test(`${name}`, async context => {
    const reason = skip.find(({ tests }) => tests.includes(name))?.reason
    if (reason !== undefined) context.skip(reason)
    await run(context)
  })
}
