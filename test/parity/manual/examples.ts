import { basename } from 'node:path'
import type { RuleFile } from '../case.ts'

/** A rule file made of what SEC's manual shows. */
export interface ManualExample {
  readonly text: string
  /** Why it can't be compared yet, if so. */
  readonly outOfScope: string | undefined
  readonly usesPerl: boolean
  /** It was no whole rule, and other parts may belong to it. */
  readonly isPart: boolean
}

const PARAGRAPH = /^\.(?:PP|TP|sp|SH|SS)\b.*$/m
const RULE = /^(?:type=|label=|#)/
const PART = /^(?:action|ptype|context)=/
const PERL = /perlfunc|->|:>|^context=.*=\s*\(|\beval %|\bl?call %/im

/**
 * The examples in the source of the manual page, in order: the rules between two passages of prose are one. A part
 * of a rule (an action, a pattern, a context expression) is put into a rule that lines `go X Y` match.
 * Nothing of the page is kept in this repository.
 */
export function manualExamples(page: string): ManualExample[] {
  const examples: { paragraphs: string[]; isPart: boolean }[] = [{ paragraphs: [], isPart: false }]
  for (const text of page.split(PARAGRAPH).map(decode)) {
    const last = examples.at(-1)
    if (PART.test(text)) {
      examples.push({ paragraphs: [complete(text)], isPart: true }, { paragraphs: [], isPart: false })
    } else if (RULE.test(text)) last?.paragraphs.push(text)
    else if (last?.paragraphs.length !== 0) examples.push({ paragraphs: [], isPart: false })
  }
  return examples
    .map(({ paragraphs, isPart }) => ({ text: `${paragraphs.join('\n\n')}\n`, isPart }))
    .filter(({ text }) => /^type=/m.test(text))
    .map(({ text, isPart }) => ({ text, outOfScope: outOfScope(text), usesPerl: PERL.test(text), isPart }))
}

/** Parts that are told to share something: Perl variables, entries of the cache. */
export function together(examples: readonly ManualExample[]): ManualExample {
  return {
    text: examples.map(({ text }) => text).join('\n'),
    outOfScope: undefined,
    usesPerl: examples.some(({ usesPerl }) => usesPerl),
    isPart: true
  }
}

/** The rule files that a section of the manual page is about, each after a comment that says whose content it is. */
export function manualRuleFiles(page: string, section: string): RuleFile[] {
  const [, after = ''] = page.split(`\n.SS ${section}`)
  const [text = ''] = after.split(/^\.S[SH] /m)
  const files: { readonly name: string; readonly rules: string[] }[] = []
  for (const paragraph of text.split(PARAGRAPH).map(decode)) {
    const [, path] = /^# the content of (\S+)/m.exec(paragraph) ?? []
    if (path !== undefined) files.push({ name: basename(path), rules: [] })
    else if (RULE.test(paragraph)) files.at(-1)?.rules.push(paragraph)
  }
  return files.map(({ name, rules }) => ({ name, text: `${rules.join('\n\n')}\n` }))
}

/** Lines end at `.br`, or where a backslash continues them. */
function decode(paragraph: string): string {
  const lines = paragraph.split('\n').filter(line => !/^\.br\s*$/.test(line))
  return lines
    .map(line => line.replace(/\\(.)/g, (_, escaped: string) => (escaped === '&' ? '' : escaped)))
    .join('\n')
    .trim()
}

function complete(part: string): string {
  const fields = [
    'type=Single',
    'continue=TakeNext',
    ...(/^ptype=/m.test(part) ? [] : ['ptype=RegExp', 'pattern=^go (\\S+) (\\S+)']),
    part,
    'desc=an example',
    ...(/^action=/m.test(part) ? [] : ['action=write - %u [$0] [$1] [$2]'])
  ]
  return fields.join('\n')
}

function outOfScope(text: string): string | undefined {
  if (/udgram|ustream|udpsock|tcpsock/.test(text)) return 'needs sockets'
  return /addinput|dropinput|sigemul/.test(text) ? 'needs what is to come' : undefined
}
