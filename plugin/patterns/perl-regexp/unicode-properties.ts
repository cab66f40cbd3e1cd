import { type ByteSet, complement, emptySet, ranges } from './byte-set.ts'
import { isWordCharacter, type ParseState } from './parse-state.ts'

/**
 * Reads `\p{Name}`, `\pL` and their negations from the `p`, as the bytes that have the property in Latin-1.
 * It switches the whole pattern to Unicode rules, as in Perl.
 * A property that isn't in the table is refused: Perl may know it.
 */
export function parseProperty(state: ParseState): ByteSet {
  const letter = state.peek()
  const negative = letter === 'P'
  state.needsUnicode = true
  state.position++
  const name = readName(state, letter)
  const caret = name.startsWith('^')
  const bytes = table.get(normalize(caret ? name.slice(1) : name))
  if (!bytes) {
    state.refuse(`the property \\p{${name}}`)
    return emptySet
  }
  const cased = state.flags.ignoreCase ? caseless(normalize(name)) : undefined
  const known = cased ?? bytes
  return negative === caret ? known : complement(known)
}

function readName(state: ParseState, letter: string): string {
  const char = state.peek()
  if (char === '') state.fail(`Empty \\${letter}`)
  if (char !== '{') {
    state.position++
    if (!isWordCharacter(char)) {
      state.fail(`Character following \\${letter} must be '{' or a single-character Unicode property name`)
    }
    return char
  }
  const end = state.source.indexOf('}', state.position)
  if (end < 0) state.fail(`Missing right brace on \\${letter}{}`, state.position + 1)
  const name = state.source.slice(state.position + 1, end).trim()
  state.position = end + 1
  if (name === '') state.fail(`Empty \\${letter}{}`)
  return name
}

/** Perl compares names loosely: case, blanks, `_`, `-` and a leading `is` don't count. */
function normalize(name: string): string {
  const loose = name
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '')
    .replace(/^\^/, '')
  const value =
    /^(?:generalcategory|gc|category|script|sc|scx|scriptextensions)[=:](.*)$/.exec(loose)?.[1] ?? loose
  return table.has(value) ? value : value.replace(/^is/, '')
}

/** Perl takes a property of case for all cased letters under the i modifier. */
function caseless(name: string): ByteSet | undefined {
  if (/^posix(?:upper|lower)$/.test(name)) return table.get('posixalpha')
  if (/^(?:l[ul]|(?:uppercase|lowercase)letter)$/.test(name)) return table.get('lc')
  return /^(?:(?:xposix)?(?:upper|lower)(?:case)?|title(?:case(?:letter)?)?|lt)$/.test(name)
    ? table.get('cased')
    : undefined
}

// Recorded from Perl 5.36: names with the same bytes, then those bytes as hexadecimal ranges.
const rows: readonly (readonly [string, string])[] = [
  ['alnum xposixalnum', '30-39 41-5a 61-7a aa b5 ba c0-d6 d8-f6 f8-ff'],
  ['any all assigned', '00-ff'],
  ['ascii basiclatin', '00-7f'],
  ['blank horizspace xposixblank', '09 20 a0'],
  ['c other', '00-1f 7f-9f ad'],
  ['cc control cntrl xposixcntrl', '00-1f 7f-9f'],
  ['cf format', 'ad'],
  ['common zyyy', '00-40 5b-60 7b-a9 ab-b9 bb-bf d7 f7'],
  ['diacritic', '5e 60 a8 af b4 b7-b8'],
  ['graph xposixgraph', '21-7e a1-ff'],
  ['idcontinue idc xidcontinue xidc', '30-39 41-5a 5f 61-7a aa b5 b7 ba c0-d6 d8-f6 f8-ff'],
  [
    'l letter alpha alphabetic xposixalpha idstart ids xidstart xids cased',
    '41-5a 61-7a aa b5 ba c0-d6 d8-f6 f8-ff'
  ],
  ['latin latn', '41-5a 61-7a aa ba c0-d6 d8-f6 f8-ff'],
  ['latin1 latin1sup latin1supplement', '80-ff'],
  ['lc l& casedletter', '41-5a 61-7a b5 c0-d6 d8-f6 f8-ff'],
  ['ll lowercaseletter', '61-7a b5 df-f6 f8-ff'],
  ['lo otherletter', 'aa ba'],
  ['lower lowercase xposixlower', '61-7a aa b5 ba df-f6 f8-ff'],
  [
    'lt titlecaseletter lm modifierletter m mark mn nonspacingmark mc spacingmark me enclosingmark combiningmark nl letternumber zl lineseparator zp paragraphseparator cs surrogate co privateuse cn unassigned title titlecase greek grek cyrillic cyrl han hani arabic arab hebrew hebr hiragana katakana thai hangul',
    ''
  ],
  ['lu uppercaseletter upper uppercase xposixupper', '41-5a c0-d6 d8-de'],
  ['math', '2b 3c-3e 5e 7c 7e ac b1 d7 f7'],
  ['n number', '30-39 b2-b3 b9 bc-be'],
  ['nd decimalnumber digit posixdigit xposixdigit', '30-39'],
  ['no othernumber', 'b2-b3 b9 bc-be'],
  ['p punct punctuation', '21-23 25-2a 2c-2f 3a-3b 3f-40 5b-5d 5f 7b 7d a1 a7 ab b6-b7 bb bf'],
  ['patternsyntax patsyn', '21-2f 3a-40 5b-5e 60 7b-7e a1-a7 a9 ab-ac ae b0-b1 b6 bb bf d7 f7'],
  ['patternwhitespace patws', '09-0d 20 85'],
  ['pc connectorpunctuation', '5f'],
  ['pd dashpunctuation dash', '2d'],
  ['pe closepunctuation', '29 5d 7d'],
  ['pf finalpunctuation', 'bb'],
  ['pi initialpunctuation', 'ab'],
  ['po otherpunctuation', '21-23 25-27 2a 2c 2e-2f 3a-3b 3f-40 5c a1 a7 b6-b7 bf'],
  ['posixalnum', '30-39 41-5a 61-7a'],
  ['posixalpha', '41-5a 61-7a'],
  ['posixblank', '09 20'],
  ['posixcntrl', '00-1f 7f'],
  ['posixgraph', '21-7e'],
  ['posixlower', '61-7a'],
  ['posixprint', '20-7e'],
  ['posixpunct', '21-2f 3a-40 5b-60 7b-7e'],
  ['posixspace perlspace', '09-0d 20'],
  ['posixupper', '41-5a'],
  ['posixword perlword', '30-39 41-5a 5f 61-7a'],
  ['print xposixprint', '20-7e a0-ff'],
  ['ps openpunctuation', '28 5b 7b'],
  ['s symbol', '24 2b 3c-3e 5e 60 7c 7e a2-a6 a8-a9 ac ae-b1 b4 b8 d7 f7'],
  ['sc currencysymbol', '24 a2-a5'],
  ['sk modifiersymbol', '5e 60 a8 af b4 b8'],
  ['sm mathsymbol', '2b 3c-3e 7c 7e ac b1 d7 f7'],
  ['so othersymbol', 'a6 a9 ae b0'],
  ['space spaceperl xperlspace whitespace xposixspace', '09-0d 20 85 a0'],
  ['vertspace', '0a-0d 85'],
  ['word xposixword', '30-39 41-5a 5f 61-7a aa b5 ba c0-d6 d8-f6 f8-ff'],
  ['xdigit hexdigit hex asciihexdigit ahex posixxdigit xposixxdigit', '30-39 41-46 61-66'],
  ['xposixpunct', '21-2f 3a-40 5b-60 7b-7e a1 a7 ab b6-b7 bb bf'],
  ['z separator zs spaceseparator', '20 a0']
]

const table: ReadonlyMap<string, ByteSet> = new Map(
  rows.flatMap(([names, text]) => {
    const bytes = ranges(...text.split(' ').filter(Boolean).map(parseRange))
    return names.split(' ').map(name => [name, bytes] as const)
  })
)

function parseRange(text: string): [number, number] {
  const [low = '', high = low] = text.split('-')
  return [Number.parseInt(low, 16), Number.parseInt(high, 16)]
}
