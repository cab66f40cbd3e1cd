// The Perl of a correlator that nothing else belongs to, whose memory is kept. Each has the same clock.
import { createPerl } from '../dist/adapters/perl/create-perl.js'
import { UTC } from '../dist/plugin/time/time-zone.js'

export const NOW = 1_750_000_000

export function keptPerl() {
  return createPerl({
    timeZone: UTC,
    log: () => {},
    print: () => {},
    mayRunPrograms: false,
    now: () => NOW,
    onExit: () => {},
    isKept: true
  })
}
