// What checkpoint.mjs and state.mjs share: rules that keep an operation for each login and an event store, and their lines.
import { parseRuleFile } from '../dist/plugin/rules/parser.js'
import { UTC } from '../dist/plugin/time/time-zone.js'

const rules = `
type=Single
ptype=RegExp
pattern=^store (.*)
desc=store
action=add STORE $1

type=SingleWithThreshold
ptype=RegExp
pattern=login failed for (\\S+) from (\\S+)
desc=failures of $1 from $2
action=none
window=86400
thresh=1000000
`

/** Seconds since Epoch. */
export const NOW = 1_750_000_000

/** Of a correlator. */
export const options = {
  files: [parseRuleFile('bench.sec', rules)],
  settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 1, internalContexts: false, quoting: false },
  host: { logLevel: 1, log: () => {}, effect: () => {} },
  timeZone: UTC,
  now: NOW
}

/** A line for each operation. */
export function line(index) {
  return `Nov 25 12:00:00 gate sshd[${index}]: login failed for user${index} from 192.0.${(index >> 8) & 255}.${index & 255}`
}

/** Of what changed, as a checkpoint has it. */
export function bytesOf({ set, deleted }) {
  let bytes = 0
  for (const [key, value] of set) bytes += key.length + value.length
  for (const key of deleted) bytes += key.length
  return bytes
}
