import type { PerlLoader } from '../../plugin/perl/source.ts'

/** Takes all code, and runs none. */
export const anyPerl: PerlLoader = {
  isOff: false,
  load: text => (text === '' ? { ok: false, error: '' } : { ok: true, value: { text, which: 0 } })
}
