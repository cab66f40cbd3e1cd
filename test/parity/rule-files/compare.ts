import { type LoadedRuleFiles, loadRuleFiles } from '../../../plugin/rules/rule-set.ts'
import { perlLoader } from '../../../plugin/perl/source.ts'
import { observedPerl } from '../../helpers/wasm-perl.ts'
import { testOnly } from './sec-testonly.ts'

export interface Difference {
  readonly text: string
  readonly sec: readonly string[]
  readonly ours: readonly string[]
}

export interface Comparison {
  readonly differences: readonly Difference[]
  /** Files that hold what can't be compared: Perl code that doesn't compile, or expressions that we refuse to translate. */
  readonly skipped: number
  /** Files in which SEC found nothing wrong. */
  readonly faultless: number
}

/** Loads rule files with SEC and with ours, and compares what is said, in which order, at which level. */
export function compareRuleFiles(sec: string, texts: readonly string[]): Comparison {
  const answer = testOnly(sec, texts)
  const differences: Difference[] = []
  const comparable: boolean[] = []
  let faultless = 0
  const perl = observedPerl().host
  for (const [index, text] of texts.entries()) {
    const ours = loadRuleFiles([{ name: `rules${index}`, text }], { perl: perlLoader(perl) })
    const messages = ours.log.slice(1).map(entry => entry.message)
    const theirs = answer.entries[index] ?? []
    const canCompare =
      !theirs.some(needsPerl) && !messages.some(message => message.includes("can't be translated"))
    comparable.push(canCompare)
    if (!canCompare) continue
    if (theirs.every(entry => !/^Rule in |Line not in/.test(entry))) faultless++
    const said = messages.filter(message => !message.endsWith(', not yet'))
    if (!sameMessages(theirs, said)) differences.push({ text, sec: theirs, ours: said })
  }
  if (differences.length === 0 && comparable.every(Boolean)) {
    const all = loadRuleFiles(
      texts.map((text, index) => ({ name: `rules${index}`, text })),
      { perl: perlLoader(perl) }
    )
    const levels = levelDifference(answer.errors, all, 2) ?? levelDifference(answer.warnings, all, 3)
    if (levels !== undefined) differences.push(levels)
    if ((answer.status === 1) !== all.faulty) {
      differences.push({
        text: texts.join('\n'),
        sec: [`status ${answer.status}`],
        ours: [`faulty ${all.faulty}`]
      })
    }
  }
  return { differences, skipped: comparable.filter(can => !can).length, faultless }
}

function levelDifference(
  theirs: readonly string[],
  ours: LoadedRuleFiles,
  level: number
): Difference | undefined {
  const said = ours.log.filter(entry => entry.level <= level && !entry.message.endsWith(', not yet'))
  const messages = said.map(entry => entry.message)
  if (sameMessages(theirs, messages)) return undefined
  return {
    text: `messages of level ${level} and below`,
    sec: theirs.filter(entry => !messages.some(message => message.startsWith(withoutPlace(entry)))),
    ours: messages.filter(message => !theirs.some(entry => message.startsWith(withoutPlace(entry))))
  }
}

function needsPerl(entry: string): boolean {
  return entry.includes("didn't return a code reference")
}

/** Ours begin as SEC's do; we add what was expected. */
function sameMessages(theirs: readonly string[], ours: readonly string[]): boolean {
  if (theirs.length !== ours.length) return false
  const sorted = inAnyOrder(ours)
  return inAnyOrder(theirs).every((entry, index) => sorted[index]?.startsWith(withoutPlace(entry)))
}

/** Perl ends its messages with the place in the program. */
function withoutPlace(entry: string): string {
  // SEC shows a variable in parentheses as the NUL that stands for them while it parses.
  const variable = entry.indexOf('Variable \0')
  if (variable !== -1) return entry.slice(0, variable)
  return entry.replace(/ at \S+ line \d+(?:, <\S+> line \d+)?\.\n?$/, '')
}

/** The keywords that a rule lacks and those that it should not have come in the order of a hash: sorted, they compare. */
function inAnyOrder(entries: readonly string[]): string[] {
  const result: string[] = []
  let run: string[] = []
  let key = ''
  for (const entry of [...entries, '']) {
    const [, rule = '', word = ''] =
      /^(Rule in \S+ at line \d+): Keyword '.*' (missing|illegal) \(/.exec(entry) ?? []
    if (rule + word !== key) {
      result.push(...run.sort())
      run = []
      key = rule + word
    }
    run.push(entry)
  }
  return result
}
