import { expect, test } from 'vitest'
import { lexRuleFile, type RuleFileItem } from '../../../plugin/rules/lexer.ts'

/** `rule@LINE keyword=value …`, `label@LINE name`, `malformed@LINE text`, `duplicate@LINE keyword`. */
function outline(text: string): string[] {
  return [...lexRuleFile(text)].map(item => `${kind(item)}@${item.line} ${content(item)}`)
}

function kind(item: RuleFileItem): string {
  return item.type === 'malformed line' ? 'malformed' : item.type
}

function content(item: RuleFileItem): string {
  switch (item.type) {
    case 'rule':
      return [...item.fields].map(([keyword, value]) => `${keyword}=${value}`).join(' ')
    case 'label':
      return item.name
    case 'malformed line':
      return item.text
    case 'duplicate':
      return `${item.keyword}: ${item.previous} -> ${item.value}`
  }
}

// All expected outlines are what SEC 2.9.4 makes of the same bytes.
const cases: readonly { name: string; text: string; expected: string[] }[] = [
  { name: 'reads fields up to the end of the file', text: 'a=1\nb=2', expected: ['rule@1 a=1 b=2'] },
  {
    name: 'ends a rule at an empty line, a line of whitespace and a comment',
    text: 'a=1\n\na=2\n \t\na=3\n  # x\na=4\n',
    expected: ['rule@1 a=1', 'rule@3 a=2', 'rule@5 a=3', 'rule@7 a=4']
  },
  {
    name: 'trims keywords and values, and keeps = and spaces in a value',
    text: '  a  =  b = c  d \t\n',
    expected: ['rule@1 a=b = c  d']
  },
  {
    name: 'takes a carriage return for whitespace',
    text: 'a=1\r\n\r\nb=2\r\n',
    expected: ['rule@1 a=1', 'rule@3 b=2']
  },
  {
    name: 'continues a line after a backslash and keeps the whitespace before it and after the break',
    text: 'a=x \\\n  y\\ \t\r\nz\n',
    expected: ['rule@1 a=x   yz']
  },
  {
    name: 'continues at the second of two backslashes, and then at the first',
    text: 'a=x\\\\\n\nb=1\n',
    expected: ['rule@1 a=xb=1']
  },
  { name: 'continues a comment', text: '# x \\\na=1\nb=2\n', expected: ['rule@3 b=2'] },
  { name: 'does not end a continued value at #', text: 'a=x\\\n# y\nb=2', expected: ['rule@1 a=x# y b=2'] },
  { name: 'drops a line whose continuation is missing', text: 'a=1\nb=2\\', expected: ['rule@1 a=1'] },
  {
    name: 'keeps the last of several values',
    text: 'a=1\nb=2\na=3\n',
    expected: ['duplicate@3 a: 1 -> 3', 'rule@1 a=3 b=2']
  },
  { name: 'tells keywords by case', text: 'a=1\nA=2', expected: ['rule@1 a=1 A=2'] },
  {
    name: 'reports a line without a value, at its last line, and goes on with the rule',
    text: 'a=1\nfoo\\\nbar\nb=\nc_d=1\n=x\ne=2\n',
    expected: [
      'malformed@3 foobar',
      'malformed@4 b=',
      'malformed@5 c_d=1',
      'malformed@6 =x',
      'rule@1 a=1 e=2'
    ]
  },
  {
    name: 'counts a rule from its first line, be it a label, a remark or a malformed line',
    text: 'label=L\nrem=x\na=1\n\nfoo\na=2\n\nrem=x\n\nrem=y\n\na=3\n',
    expected: ['label@1 L', 'rule@1 a=1', 'malformed@5 foo', 'rule@5 a=2', 'rule@12 a=3']
  },
  { name: 'makes no rule of remarks and labels', text: 'rem=x\nlabel=L\nrem=y\n', expected: ['label@2 L'] },
  {
    name: 'sees only ASCII whitespace',
    text: 'a=1\xa0\n\x85\n',
    expected: ['malformed@2 \x85', 'rule@1 a=1\xa0']
  },
  { name: 'finds nothing in an empty file', text: '', expected: [] }
]

test.each(cases)('the lexer $name', ({ text, expected }) => {
  expect(outline(text)).toEqual(expected)
})
