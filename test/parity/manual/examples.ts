/** A rule file made of what SEC's manual shows. */
export interface ManualExample {
  readonly text: string
  /** Why it can't be compared yet, if so. */
  readonly outOfScope: string | undefined
}

const PARAGRAPH = /^\.(?:PP|TP|sp|SH|SS)\b.*$/m
const RULE = /^(?:type=|label=|#)/
const PART = /^(?:action|ptype|context)=/

/**
 * The examples in the source of the manual page, in order: the rules between two passages of prose are one. A part
 * of a rule (an action, a pattern, a context expression) is put into a rule that lines `go X Y` match.
 * Nothing of the page is kept in this repository.
 */
export function manualExamples(page: string): ManualExample[] {
  const examples: string[][] = [[]]
  for (const text of page.split(PARAGRAPH).map(decode)) {
    if (PART.test(text)) examples.push([complete(text)], [])
    else if (RULE.test(text)) examples.at(-1)?.push(text)
    else if (examples.at(-1)?.length !== 0) examples.push([])
  }
  return examples
    .map(paragraphs => `${paragraphs.join('\n\n')}\n`)
    .filter(text => /^type=/m.test(text))
    .map(text => ({ text, outOfScope: outOfScope(text) }))
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
  if (/perlfunc|->|:>|^context=.*=\s*\(|\beval %|\bl?call %/im.test(text)) return 'needs Perl'
  if (/udgram|ustream|udpsock|tcpsock/.test(text)) return 'needs sockets'
  return /addinput|dropinput|sigemul/.test(text) ? 'needs what is to come' : undefined
}
