import { sha256 } from '@noble/hashes/sha2.js'

/**
 * Names a rule over restarts and changes of other rules. Two rules of a file that say the same in the same words are
 * told apart by their order alone.
 */
export interface RuleIdentity {
  /** The name of its file as SEC shows it. */
  readonly file: string
  /** `hashOfFields` */
  readonly hash: string
  /** Which of the file's rules with this hash it is, from 0. */
  readonly occurrence: number
  /** Short for the three, for keys: 20 hexadecimal digits. */
  readonly id: string
}

/**
 * SHA-256 of what a rule says, as 64 hexadecimal digits: its fields as `keyword=value` lines, sorted by keyword. Remarks,
 * comments, labels, line breaks and the order of keywords make no difference.
 */
export function hashOfFields(fields: ReadonlyMap<string, string>): string {
  const lines = [...fields].map(([keyword, value]) => `${keyword}=${value}\n`)
  return sha256OfText(lines.sort().join(''))
}

/** Gives out the identities of a rule set's rules, asked for in their order. */
export function ruleIdentities(): (file: string, hash: string) => RuleIdentity {
  const counts = new Map<string, number>()
  return (file, hash) => {
    const rule = `${hash} ${file}`
    const occurrence = counts.get(rule) ?? 0
    counts.set(rule, occurrence + 1)
    return { file, hash, occurrence, id: sha256OfText(`${occurrence} ${rule}`).slice(0, 20) }
  }
}

/** Hexadecimal digits of the SHA-256 of a byte string. */
function sha256OfText(text: string): string {
  const digest = sha256(Uint8Array.from(text, character => character.charCodeAt(0)))
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
}
