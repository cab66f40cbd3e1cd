import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CelOutcome, compileCel } from '../../../../plugin/patterns/cel/expression.ts'
import { matchOf } from '../../../../plugin/patterns/cel/result.ts'
import { quotedForCel } from '../../../../plugin/patterns/cel/template.ts'
import { substituteMatchVariables } from '../../../../plugin/patterns/match-variables.ts'
import { type LogRecord, lineRecord, type RecordMap } from '../../../../plugin/record.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../plugin/utf8.ts'

function recordWith(fields: Partial<LogRecord>): LogRecord {
  return { ...lineRecord('1', 'in', 'text', undefined), ...fields }
}

function evaluate(source: string, record: LogRecord): CelOutcome {
  const result = compileCel(encodeUtf8(source))
  if (!result.ok) throw new Error(result.message)
  return result.expression.evaluate(record)
}

/** What an expression means for a record with some attributes: a match, none, or the code of an error. */
function outcomeOf(source: string, attributes: RecordMap): unknown {
  const outcome = evaluate(source, recordWith({ attributes, severityNumber: 17 }))
  if (outcome.type === 'error') return outcome.code
  return outcome.type === 'missing' ? 'missing' : matchOf(outcome.value)
}

const web: RecordMap = {
  'http.status': 503,
  ratio: 0.5,
  user: 'joe',
  list: [1, 'a', { b: 2 }],
  map: { inner: { deep: true } },
  nothing: null,
  digits: '9007199254740993',
  flag: true
}

describe('numbers of records and integers of expressions', () => {
  test.each([
    ['record.attributes["http.status"] >= 500 && record.severity_number >= 17', true],
    ['record.attributes["http.status"] == 503', true],
    ['record.attributes["http.status"] in [502, 503]', true],
    ['record.severity_number in [17, 18]', true],
    ['record.attributes["http.status"] + 1 == 504', true],
    ['1 + record.attributes["http.status"] == 504', true],
    ['record.attributes["http.status"] % 100 == 3', true],
    ['record.attributes["http.status"] / 2 > 251', true],
    ['2 * record.attributes.ratio == 1', true],
    ['record.attributes.ratio < 1', true],
    ['-record.severity_number < 0', true],
    ['int(record.attributes.digits) > 9007199254740992', true],
    ['record.attributes["http.status"] < 500', false]
  ])('%s', (source, expected) => {
    expect(outcomeOf(source, web)).toBe(expected)
  })
})

describe('what a record has and has not', () => {
  test.each([
    ['record.attributes["absent"] >= 500', 'missing'],
    ['record.attributes.absent == "x" && record.severity_number == 17', 'missing'],
    ['record.attributes.map.absent == "x"', 'missing'],
    ['record.attributes.absent.inner == "x"', 'missing'],
    ['record.attributes.list[7] == 1', 'missing'],
    ['record.timestamp > timestamp("2020-01-01T00:00:00Z")', 'missing'],
    ['record.scope.name == "x"', 'missing'],
    ['!(record.attributes.absent == "x")', 'missing'],
    ['record.attributes.absent.startsWith("x")', 'missing'],
    // An operand that makes good for the error of the other.
    ['record.attributes.absent == 1 || record.severity_number == 17', true],
    ['!(record.severity_number == 1 && record.attributes.absent == 1)', true],
    ['record.severity_number == 17 ? true : record.attributes.absent', true],
    ['has(record.attributes.absent)', false],
    ['!has(record.attributes.absent)', true],
    ['has(record.attributes.user) && record.attributes.user == "joe"', true],
    ['"http.status" in record.attributes', true],
    ['has(record.timestamp) || has(record.scope)', false],
    ['record.attributes[?"absent"].orValue(7) == 7', true],
    ['record.attributes.nothing == null', true],
    ['record.attributes.map.inner.deep', true],
    ['record.attributes.flag', true],
    ['record.attributes.user', false],
    ['record.attributes.list.exists(item, item == "a")', true],
    ['record.attributes.list[2].b == 2', true],
    ['has(record.attributes.toString) || "constructor" in record.attributes', false]
  ])('%s', (source, expected) => {
    expect(outcomeOf(source, web)).toBe(expected)
  })

  test.each([
    ['record.attributes.user > 5', 'no_such_overload'],
    ['record.attributes.user + 1 == 3', 'no_such_overload'],
    ['record.body.matches("(")', 'invalid_regular_expression']
  ])('%s is an error', (source, code) => {
    expect(outcomeOf(source, web)).toBe(code)
  })
})

describe('matches', () => {
  const text = `${'a'.repeat(50_000)}!`

  test.each([
    ['"(a+)+$"', false],
    ['"(a|aa)+$"', false],
    ['"^(a+)+!$"', true],
    [String.raw`r"(?i)A{3}!$"`, true],
    [String.raw`r"\pL+"`, true],
    ['"^.$"', false]
  ])('%s takes a time that grows with the text alone', (expression, expected) => {
    expect(outcomeOf(`record.attributes.text.matches(${expression})`, { text })).toBe(expected)
  })

  test('sees characters, in every place of an expression', () => {
    const attributes = { name: encodeUtf8('é'), list: ['x', 'b1'], pattern: '^b[0-9]$' }
    expect(outcomeOf('record.attributes.name.matches("^.$")', attributes)).toBe(true)
    expect(
      outcomeOf('record.attributes.list.exists(item, item.matches(record.attributes.pattern))', attributes)
    ).toBe(true)
    expect(
      outcomeOf('{"one": record.attributes.name.matches("^b")}.one || "x".matches("x")', attributes)
    ).toBe(true)
  })

  test.each(['"(a)\\\\1"', '"(?=a)"'])('knows no back-references and no look-around: %s', expression => {
    expect(outcomeOf(`"aa".matches(${expression})`, {})).toBe('invalid_regular_expression')
  })

  test('expressions that records bring do not pile up', () => {
    const compiled = compileCel('record.body.matches(record.attributes.pattern)')
    if (!compiled.ok) throw new Error(compiled.message)
    const record = lineRecord('', '', 'line 999', undefined)
    let matches = 0
    for (let number = 0; number < 2000; number++) {
      const attributes = { pattern: `^line ${number}$` }
      const outcome = compiled.expression.evaluate({ ...record, attributes })
      if (outcome.type === 'value' && outcome.value === true) matches++
    }
    expect(matches).toBe(1)
  })
})

test('a name that objects have of themselves hides nothing', () => {
  const attributes = JSON.parse(
    '{"constructor":"x","__proto__":{"a":1},"http.status":500,"in":{"constructor":1}}'
  ) as RecordMap
  expect(outcomeOf('record.attributes["http.status"] == 500', attributes)).toBe(true)
  expect(outcomeOf('record.attributes.constructor == "x"', attributes)).toBe(true)
  expect(outcomeOf('record.attributes["__proto__"].a == 1', attributes)).toBe(true)
  expect(
    outcomeOf('record.attributes["in"].constructor == 1 && has(record.attributes.constructor)', attributes)
  ).toBe(true)
})

test('every field has its OpenTelemetry name', () => {
  const record = recordWith({
    body: { a: [1] },
    resource: { 'service.name': 'db' },
    scope: { name: 'lib', version: '1', attributes: { x: 1 } },
    severityText: 'ERROR',
    timestamp: 1_700_000_000_500,
    observedTimestamp: 1_700_000_001_000,
    traceId: 'aa',
    spanId: 'bb',
    eventName: 'e',
    source: 's',
    tag: 't'
  })
  const source = `record.body.a[0] == 1 && record.resource["service.name"] == "db" && record.scope.name == "lib"
    && record.scope.attributes.x == 1 && record.severity_text == "ERROR" && record.severity_number == 0
    && record.timestamp == timestamp("2023-11-14T22:13:20.5Z") && record.timestamp < record.observed_timestamp
    && record.timestamp.getHours("Europe/Berlin") == 23 && record.trace_id == "aa" && record.span_id == "bb"
    && record.event_name == "e" && record.source == "s" && record.tag == "t"`
  expect(evaluate(source, record)).toEqual({ type: 'value', value: true })
})

test.each([Infinity, Number.NaN, 1e300, 253_402_300_800_000])('a time of %s ms is none', timestamp => {
  expect(evaluate('has(record.timestamp)', recordWith({ timestamp }))).toEqual({
    type: 'value',
    value: false
  })
})

test('strings are characters', () => {
  const record = recordWith({
    body: encodeUtf8('Größe 😀'),
    attributes: { [encodeUtf8('straße')]: encodeUtf8('é') }
  })
  expect(evaluate('record.body.startsWith("Größe") && size(record.body) == 8', record)).toMatchObject({
    value: false
  })
  expect(evaluate('record.body == "Größe \\U0001F600"', record)).toEqual({ type: 'value', value: true })
  expect(evaluate('record.attributes["straße"] == "é"', record)).toEqual({ type: 'value', value: true })
})

test('the entries of a map become variables, as bytes', () => {
  const source = `record.severity_number == 17
    ? {"status": record.attributes["http.status"], "é": "ü", "n": 3, "big": 9007199254740993, "flag": true, "none": null,
       "list": record.attributes.list, "b": b"\\xff", "t": timestamp("2023-11-14T22:13:20Z"), "d": duration("90s")}
    : {}`
  const variables = outcomeOf(source, web) as Record<string, string>
  expect(Object.entries(variables)).toEqual(
    expect.arrayContaining([
      ['status', '503'],
      [encodeUtf8('é'), encodeUtf8('ü')],
      ['n', '3'],
      ['big', '9007199254740993'],
      ['flag', 'true'],
      ['none', ''],
      ['list', '[1,"a",{"b":2}]'],
      ['b', '\xff'],
      ['t', '2023-11-14T22:13:20.000Z'],
      ['d', '90s']
    ])
  )
})

test('bytes of any length become a variable', () => {
  const outcome = evaluate('{"b": bytes(record.body)}', recordWith({ body: 'x'.repeat(500_000) }))
  const match = outcome.type === 'value' ? matchOf(outcome.value) : false
  expect(typeof match === 'object' && match['b']?.length).toBe(500_000)
})

test.each([
  ['record.severity_number == 1 ? {"a": 1} : {}', false],
  ['{}', false],
  ['record.severity_number == 17 ? dyn({"a": 1}) : null', { a: '1' }],
  ['record.severity_number == 1 ? dyn({"a": 1}) : null', false],
  ['record.severity_number == 17 ? optional.of({"a": 1}) : optional.none()', { a: '1' }],
  ['record.severity_number == 1 ? optional.of({"a": 1}) : optional.none()', false],
  ['dyn(1)', false],
  ['dyn("true")', false],
  ['dyn([true])', false]
])('%s', (source, expected) => {
  expect(outcomeOf(source, web)).toEqual(expected)
})

test.each([
  ['record.atributes.x == 1', /^No such key: atributes \(column 8\)$/],
  ['record.body ==', /^Unexpected token: EOF \(column 15\)$/],
  ['recrod.body == "x"', /^Unknown variable: recrod \(column 1\)$/],
  ['record.body.frobnicate()', /^found no matching overload for 'dyn\.frobnicate\(\)'/],
  ['record.body == $1', /^Unexpected character: \$/],
  ['1 + "a" == 2', /^no such overload: int \+ string/],
  ['"text"', /^its value is of type string; expected bool or a map$/],
  ['', /./]
])('%s is refused', (source, message) => {
  const result = compileCel(source)
  expect(result.ok ? '' : result.message).toMatch(message)
})

test('a value in a string literal is that value, whatever it holds and whatever the quotes', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) })
  const nasty = fc
    .array(fc.constantFrom('"', "'", '\\', '`', '\n', '\r', '\0', '$1', '"""', "'''", 'x41', '\xc3\xa9'))
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(bytes, nasty), fc.constantFrom('"', "'", '"""', "'''"), (value, quotes) => {
      const captured = quotedForCel({ variables: { 1: value }, cache: { e: { x: value } } })
      const template = `record.body == ${quotes}$1${quotes} && record.body == ${quotes}$:{e:x}${quotes} // $1`
      const source = substituteMatchVariables(template, { dollar: captured })
      const result = compileCel(source)
      expect(result.ok && result.expression.evaluate(recordWith({ body: value }))).toEqual({
        type: 'value',
        value: true
      })
    }),
    { numRuns: 1000 }
  )
})

test('what is decoded and encoded again is what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    })
  )
})
