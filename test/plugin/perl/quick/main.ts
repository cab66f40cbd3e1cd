import { createPerl } from '../../../../adapters/perl/create-perl.ts'
import { UTC } from '../../../../plugin/time/time-zone.ts'
import { compare } from './compare.ts'

/** `npm run perl:diff -- [functions] [first seed]`: functions without Perl, beside both Perls. Exit status 1: they differ. */
export function main([
  count = '20000',
  first = String(Date.now() % 1_000_000_000)
]: readonly string[]): number {
  const seeds = Array.from({ length: Number(count) }, (_, index) => Number(first) + index)
  let differences = 0
  for (const runtime of ['wasm', 'system'] as const) {
    const perl = createPerl({
      runtime,
      timeZone: UTC,
      log: () => {},
      print: () => {},
      mayRunPrograms: false,
      now: () => 0,
      onExit: () => {}
    })
    const found = compare(perl.host, seeds)
    perl.close()
    differences += found.differences.length
    process.stdout.write(`${runtime}, seeds from ${first}: ${JSON.stringify({ ...found, differences })}\n`)
    for (const each of found.differences.slice(0, 5)) process.stdout.write(`${each}\n\n`)
  }
  return differences === 0 ? 0 : 1
}
