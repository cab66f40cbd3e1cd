import { describe, expect, test } from 'vitest'
import { type LogRecord, lineRecord } from '../../../plugin/record.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { recordedCorrelator } from '../../helpers/correlation.ts'

function recordWith(fields: Partial<LogRecord>): LogRecord {
  return { ...lineRecord('1', 'in', 'text', undefined), ...fields }
}

const web = recordWith({
  body: 'GET /x',
  severityNumber: 17,
  severityText: 'ERROR',
  timestamp: 1_700_000_000_123.5,
  traceId: '5b8efff798038103d269b633813fc60c',
  attributes: { 'http.status': 503, user: { name: 'joe' }, 'user-name': 'ann', list: [1] },
  resource: { 'service.name': 'shop' },
  tag: 'web'
})

/** What rules write when they see some records. */
function outputOf(rules: string, ...records: readonly LogRecord[]): string {
  const recorded = recordedCorrelator(rules)
  for (const record of records) recorded.see(record)
  return recorded.output
}

function single(pattern: string, action: string, more = ''): string {
  return `type=Single\n${more}pattern=${pattern}\ndesc=d\naction=write - ${action}\n`
}

describe('Record', () => {
  test('matches when its expression is true, and sets the variables of every match', () => {
    const rule = single(
      'record.attributes["http.status"] >= 500 && record.severity_number >= 17',
      '$0|$+{_inputsrc}',
      'ptype=Record\n'
    )
    expect(outputOf(rule, web, recordWith({}))).toBe('text|in\n')
  })

  test('sets the entries of a map as named variables, which a variable map can cache', () => {
    const rule = single(
      '"http.status" in record.attributes ? {"status": record.attributes["http.status"], "_inputsrc": "x"} : {}',
      '$+{status} $:{WEB:status} $+{_inputsrc}',
      'ptype=record\nvarmap=WEB\n'
    )
    expect(outputOf(rule, web, recordWith({}))).toBe('503 503 x\n')
  })

  test('NRecord matches when it is not true, a missing field included', () => {
    const rule = single('record.attributes["http.status"] >= 500', '$0', 'ptype=NRecord\n')
    expect(outputOf(rule, web, recordWith({}))).toBe('text\n')
  })

  test('an event that is no record is a record of its text, as rewritten', () => {
    const recorded = recordedCorrelator(
      `${single('record.body == "hello" && record.source == "-"', 'seen $0', 'ptype=Record\n')}
type=Single
ptype=TValue
pattern=TRUE
continue=TakeNext
desc=d
action=rewrite 1 rewritten

${single('record.body == "rewritten"', '$0 $+{_body}', 'ptype=Record\n')}`
    )
    recorded.at(1, 'hello', 'other')
    expect(recorded.output).toBe('seen hello\nrewritten rewritten\n')
  })

  test.each(['Record', 'NRecord'])(
    '%s: an error is no match, counted, and said once for each rule and reason',
    type => {
      const recorded = recordedCorrelator(single('record.attributes.user > 5', 'x', `ptype=${type}\n`))
      const bad = recordWith({ attributes: { user: 'joe' } })
      recorded.see(bad)
      recorded.see(bad)
      expect(recorded.output).toBe('')
      expect(recorded.correlator.usage.faults[0]).toBe(2)
      expect(recorded.messages.filter(({ level }) => level <= 2)).toEqual([
        {
          level: 2,
          message:
            "Rule in test.sec at line 1: can't evaluate 'record.attributes.user > 5': no such overload: dyn<string> > int (column 1)"
        }
      ])
    }
  )

  test.each([
    ['record.bdoy == "x"', 'Invalid CEL expression \'record.bdoy == "x"\': No such key: bdoy (column 8)'],
    ['record.body == ', "Invalid CEL expression 'record.body ==': Unexpected token: EOF (column 15)"]
  ])('%s is refused at load', (pattern, message) => {
    const { diagnostics } = parseRuleFile('f', single(pattern, 'x', 'ptype=Record\n'))
    expect(diagnostics).toEqual([{ severity: 'error', line: 1, message: `Rule in f at line 1: ${message}` }])
  })

  test('it looks at one line', () => {
    const { diagnostics } = parseRuleFile('f', single('true', 'x', 'ptype=Record2\n'))
    expect(diagnostics[0]?.message).toContain("Invalid pattern type 'Record2'")
  })
})

describe('as the second pattern of a Pair', () => {
  const pair = (pattern2: string, first = 'ptype=RegExp\npattern=down (.*)') => `type=Pair
${first}
desc=$1
action=none
ptype2=Record
pattern2=${pattern2}
desc2=%1
action2=write - $0
window=10
`

  test.each(['joe', '" || true || "', "' || true", '\\', '$1', 'é'])(
    'refers to what the first brought: %s',
    user => {
      const bytes = Buffer.from(user).toString('latin1')
      const rules = pair('record.attributes.user == "$1" && record.body != "x$$1"')
      const first = recordWith({ body: '' })
      const recorded = recordedCorrelator(rules)
      recorded.see(first, `down ${bytes}`)
      recorded.see(recordWith({ attributes: { user: 'other' } }), 'no')
      recorded.see(recordWith({ attributes: { user: bytes } }), 'yes')
      expect(recorded.output).toBe('yes\n')
    }
  )

  test('what is no string can be made of one', () => {
    const rules = pair('record.attributes.pid == int("$1")')
    const recorded = recordedCorrelator(rules)
    recorded.see(recordWith({}), 'down 12')
    recorded.see(recordWith({ attributes: { pid: 13 } }), 'no')
    recorded.see(recordWith({ attributes: { pid: 12 } }), 'yes')
    expect(recorded.output).toBe('yes\n')
  })

  test('a first pattern that sets no variables leaves it as it is', () => {
    const recorded = recordedCorrelator(pair('record.body == "$1"', 'ptype=SubStr\npattern=down'))
    recorded.see(recordWith({ body: 'down' }), 'down')
    recorded.see(recordWith({ body: '$1' }), 'yes')
    expect(recorded.output).toBe('yes\n')
  })

  test.each([
    ['record.body == $1', 'Unexpected character: $'],
    ['record.body.matches(r"$1")', 'match variables in the raw string r"$1", where they can\'t be quoted']
  ])('%s is refused', (pattern, message) => {
    const { diagnostics } = parseRuleFile('f', pair(pattern))
    expect(diagnostics.map(diagnostic => diagnostic.message)).toEqual([expect.stringContaining(message)])
  })
})

describe('fields as match variables', () => {
  test('of every kind', () => {
    const rule = single(
      '(.*)',
      '$1|$+{_body}|$+{_severity_number}|$+{_severity_text}|$+{_timestamp}|$+{_observed_timestamp}|$+{_trace_id}|$+{_span_id}|$+{_event_name}|$+{_source}|$+{_tag}',
      'ptype=RegExp\n'
    )
    expect(outputOf(rule, web)).toBe(
      'text|GET /x|17|ERROR|1700000000123.5||5b8efff798038103d269b633813fc60c|||in|web\n'
    )
  })

  test('attributes and resource attributes, with what is in maps', () => {
    const named = single(
      '.',
      '$+{_attr_http_status}|$+{_attr_user_name}|$+{_attr_user}|$+{_attr_list}|$+{_attr_none}|$+{_res_service_name}|$+{_attr}|$+{_res_}',
      'ptype=RegExp\n'
    )
    expect(outputOf(named, web)).toBe('503|joe|{"name":"joe"}|[1]||shop||\n')
  })

  test('in context expressions, in the second half of a Pair, and out of the cache of another rule', () => {
    const rules = `type=Single
ptype=RegExp
pattern=first
varmap=FIRST
continue=TakeNext
desc=d
action=create C_$+{_attr_user}

type=Single
ptype=RegExp
pattern=(.)
context=C_$+{_attr_user} && varset FIRST
continue=TakeNext
desc=d
action=write - cached $:{FIRST:_attr_user} $+{_attr_user}

type=Pair
ptype=RegExp
pattern=first
desc=p
action=none
ptype2=RegExp
pattern2=second (.)
desc2=p
action2=write - %+{_attr_user} then $+{_attr_user}
`
    const recorded = recordedCorrelator(rules)
    recorded.see(recordWith({ attributes: { user: 'joe' } }), 'first')
    recorded.see(recordWith({ attributes: { user: 'ann' } }), 'second 2')
    expect(recorded.output).toBe('cached joe joe\njoe then ann\n')
  })

  test('are not there for rule sets that refer to none', () => {
    const recorded = recordedCorrelator(single('.', '$0 $+{_inputsrc}', 'ptype=RegExp\n'))
    expect(recorded.correlator.ruleSet.fieldVariables).toBeUndefined()
  })
})
