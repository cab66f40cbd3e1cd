import type { Node } from './ast.ts'
import { type ByteSet, members } from './byte-set.ts'

/**
 * Text every match contains: at least one of `anyOf`. With `ignoreCase` the entries are in lower case (ASCII only) and
 * the subject has to be folded the same way before it is searched.
 */
export interface RequiredLiteral {
  readonly anyOf: readonly string[]
  readonly ignoreCase: boolean
}

/** At most so many strings in an entry, and so many entries. */
const maxAlternatives = 64
const maxProduct = 16
const maxEntries = 8
/** A class of up to so many bytes is spelt out. */
const maxClassMembers = 4

/** Strings of sets; each set has one byte, or is a letter in both cases. */
type Run = readonly number[]
/** A letter in both cases is kept as its lower case plus this. */
const bothCases = 0x100

interface Facts {
  /** All texts the node can match, when they are few. */
  readonly exact: readonly Run[] | undefined
  readonly required: readonly RequiredLiteral[]
}

/** What every match contains, as a conjunction; the most selective entry first. */
export function requiredLiterals(root: Node): readonly RequiredLiteral[] {
  const { exact, required } = factsOf(root)
  const all = [...required, ...(exact ? literalsOf(exact) : [])]
  const distinct = new Map<string, RequiredLiteral>()
  for (const entry of all) {
    if (shortest(entry) > 0) distinct.set(JSON.stringify([entry.ignoreCase, entry.anyOf]), entry)
  }
  return [...distinct.values()].sort((a, b) => score(b) - score(a)).slice(0, maxEntries)
}

/** How selective an entry is: its shortest string counts; many strings and folding cost a little. */
function score(entry: RequiredLiteral): number {
  return shortest(entry) - (entry.ignoreCase ? 1.5 : 0) - Math.log2(entry.anyOf.length) / 2
}

function shortest(entry: RequiredLiteral): number {
  return Math.min(...entry.anyOf.map(text => text.length))
}

function factsOf(node: Node): Facts {
  switch (node.type) {
    case 'set':
      return { exact: runsOfSet(node.bytes), required: [] }
    case 'sequence':
      return factsOfSequence(node.items)
    case 'alternation':
      return factsOfAlternation(node.branches)
    case 'capture':
    case 'atomic':
      return factsOf(node.body)
    case 'quantifier': {
      const { min, max, body } = node
      if (min === 0) return { exact: max === 0 ? [[]] : undefined, required: [] }
      if (min === 1 && max === 1) return factsOf(body)
      return factsOfSequence([node])
    }
    case 'look': {
      if (node.negative) return { exact: [[]], required: [] }
      const { exact, required } = factsOf(node.body)
      return { exact: [[]], required: [...required, ...(exact ? literalsOf(exact) : [])] }
    }
    case 'assertion':
    case 'keep':
      return { exact: [[]], required: [] }
    case 'fail':
      return { exact: [], required: [] }
    case 'conditional':
      return node.condition.type === 'define'
        ? { exact: [[]], required: [] }
        : factsOfAlternation([node.yes, node.no])
    default:
      return { exact: undefined, required: [] }
  }
}

function factsOfSequence(items: readonly Node[]): Facts {
  const required: RequiredLiteral[] = []
  let current: readonly Run[] = [[]]
  let whole = true
  const flush = (): void => {
    required.push(...literalsOf(current))
    current = [[]]
  }
  for (const { exact, closed } of items.flatMap(item => unroll(item, required))) {
    if (exact === undefined) {
      flush()
      whole = false
      continue
    }
    const product = exact.length * current.length
    if (product > maxProduct) {
      flush()
      whole = false
    }
    current = current.flatMap(head => exact.map(tail => [...head, ...tail]))
    if (closed) whole = false
  }
  if (whole) return { exact: current, required }
  flush()
  return { exact: undefined, required }
}

interface Part {
  readonly exact: readonly Run[] | undefined
  readonly closed: boolean
}

/** A loop as its first rounds, a gap and its last round; anything else as it is. Collects what is required inside. */
function unroll(item: Node, required: RequiredLiteral[]): Part[] {
  if (item.type === 'quantifier' && item.min > 0 && item.max >= item.min && item.max > 1) {
    const facts = factsOf(item.body)
    required.push(...facts.required)
    if (!facts.exact) return [{ exact: undefined, closed: true }]
    const copies = Math.min(item.min, facts.exact.length === 1 ? 32 : 2)
    const round: Part = { exact: facts.exact, closed: false }
    const rounds = Array.from({ length: copies }, () => round)
    if (item.max === item.min && copies === item.min) return rounds
    return [...rounds, { exact: undefined, closed: true }, ...rounds]
  }
  const facts = factsOf(item)
  required.push(...facts.required)
  return [{ exact: facts.exact, closed: false }]
}

function factsOfAlternation(branches: readonly Node[]): Facts {
  const facts = branches.map(factsOf)
  const exact: Run[] = []
  let whole = true
  for (const fact of facts) {
    if (fact.exact) exact.push(...fact.exact)
    else whole = false
  }
  if (whole && exact.length <= maxProduct) return { exact, required: commonRequired(facts) }
  const best = facts.map(fact => bestOf([...fact.required, ...(fact.exact ? literalsOf(fact.exact) : [])]))
  const known = best.filter(entry => entry !== undefined)
  if (known.length < best.length || known.length === 0) return { exact: undefined, required: [] }
  const ignoreCase = known.some(entry => entry.ignoreCase)
  const anyOf = known.flatMap(entry => (ignoreCase ? entry.anyOf.map(foldAscii) : entry.anyOf))
  if (anyOf.length > maxAlternatives || (ignoreCase && anyOf.some(hasHighByte)))
    return { exact: undefined, required: [] }
  return { exact: undefined, required: [{ anyOf: [...new Set(anyOf)], ignoreCase }] }
}

/** A single alternative keeps what it requires; of several, only what was found by their texts counts. */
function commonRequired(facts: readonly Facts[]): readonly RequiredLiteral[] {
  return facts.length === 1 ? (facts[0]?.required ?? []) : []
}

function bestOf(entries: readonly RequiredLiteral[]): RequiredLiteral | undefined {
  return entries.filter(entry => shortest(entry) > 0).sort((a, b) => score(b) - score(a))[0]
}

function runsOfSet(bytes: ByteSet): readonly Run[] | undefined {
  const all = members(bytes)
  const [low, high] = all
  if (all.length === 2 && low !== undefined && high === low + 0x20 && low >= 0x41 && low <= 0x5a) {
    return [[high + bothCases]]
  }
  if (all.length === 0 || all.length > maxClassMembers) return undefined
  return all.map(byte => [byte])
}

/** The entries that hold when a text is one of `runs`. */
function literalsOf(runs: readonly Run[]): RequiredLiteral[] {
  if (runs.length === 0 || runs.some(run => run.length === 0)) return []
  const spelt = runs.flatMap(spellOut)
  const pairs = Math.max(...runs.map(run => run.filter(code => code >= bothCases).length))
  if (pairs <= 2 && spelt.length <= maxProduct) return [{ anyOf: [...new Set(spelt)], ignoreCase: false }]
  const folded = runs.map(run => foldAscii(String.fromCharCode(...run.map(code => code % bothCases))))
  const entries: RequiredLiteral[] = folded.some(hasHighByte)
    ? []
    : [{ anyOf: [...new Set(folded)], ignoreCase: true }]
  const plain = runs.map(longestPlain)
  if (plain.every(text => text.length > 0)) entries.push({ anyOf: [...new Set(plain)], ignoreCase: false })
  return entries
}

/** Every spelling of a run, as long as only few letters have two cases. */
function spellOut(run: Run): string[] {
  if (run.filter(code => code >= bothCases).length > 2) return []
  let texts = ['']
  for (const code of run) {
    const lower = String.fromCharCode(code % bothCases)
    const spellings = code >= bothCases ? [lower.toUpperCase(), lower] : [lower]
    texts = texts.flatMap(text => spellings.map(spelling => text + spelling))
  }
  return texts
}

function longestPlain(run: Run): string {
  let longest = ''
  let current = ''
  for (const code of run) {
    current = code < bothCases ? current + String.fromCharCode(code) : ''
    if (current.length > longest.length) longest = current
  }
  return longest
}

/** Lower case for ASCII letters only. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, upper => upper.toLowerCase())
}

function hasHighByte(text: string): boolean {
  return /[^\0-\x7f]/.test(text)
}
