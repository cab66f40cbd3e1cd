import { describe, expect, test } from 'vitest'
import type { SplitKey } from '../../../plugin/key-split/key.ts'
import { type SplitOptions, type SplitVerdict, splitVerdicts } from '../../../plugin/key-split/verdicts.ts'
import type { PerlLoader } from '../../../plugin/perl/source.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'

const host: SplitKey = {
  definition: { type: 'regexp', pattern: 'host=(?<host>\\S+)', variable: 'host' },
  variables: ['host'],
  withoutKey: 'spread'
}
const header: SplitKey = {
  definition: { type: 'regexp', pattern: '^(\\S+) ', variable: '1' },
  variables: [],
  withoutKey: 'spread'
}
const field: SplitKey = {
  definition: { type: 'field', field: 'attributes.host.name' },
  variables: [],
  withoutKey: 'spread'
}

function judge(rules: string, key = host, options: Partial<SplitOptions> = {}): SplitVerdict[] {
  const perl: PerlLoader = { isOff: false, load: text => ({ ok: true, value: { text, which: 0 } }) }
  const file = parseRuleFile('test.sec', rules, { perl })
  const faults = file.diagnostics.filter(({ severity }) => severity === 'error')
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'))
  return splitVerdicts([file], { key, internalEvents: false, runsPrograms: false, ...options })
}

/** `yes`, or the word and why. */
function shortly(verdicts: readonly SplitVerdict[]): string[] {
  return verdicts.map(({ split, because }) => [split, ...because].join(': '))
}

const BY_NAME = '$+{host} is in each line that it matches what the router takes for the key'
const PERL = 'runs Perl code, which remembers what it likes for all keys'
const HAS_KEY = 'each line that it matches has a key'

function single(fields: Readonly<Record<string, string>>): string {
  const all = {
    type: 'Single',
    ptype: 'RegExp',
    pattern: 'host=(?<host>\\S+) (\\S+)',
    desc: 'd',
    action: 'none',
    ...fields
  }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

const threshold = (fields: Readonly<Record<string, string>>): string =>
  single({ type: 'SingleWithThreshold', window: '10', thresh: '2', ...fields })

describe('operation keys', () => {
  test.each([
    ['the key alone', '$+{host}', `if: ${BY_NAME}`],
    ['the key behind a word', 'logins from $+{host}', `if: ${BY_NAME}`],
    ['the key by its number', 'logins from $1', `if: ${BY_NAME}`],
    ['no variable', 'logins', 'no: the operation key "logins" does not contain the key'],
    ['another variable', '$2', 'no: the operation key "$2" does not contain the key'],
    ['key and another, told apart by a space', '$+{host} $2', `if: ${BY_NAME}`],
    [
      'key and another without anything between',
      '$+{host}$2',
      'no: the operation key "$+{host}$2" may come out the same for two keys, since its parts may run into each other'
    ],
    [
      'key and another with something between that may be in both',
      '$+{host}-$2',
      'no: the operation key "$+{host}-$2" may come out the same for two keys, since its parts may run into each other'
    ],
    ['the whole line', '$0', `if: ${HAS_KEY}`],
    [
      'the whole line and more',
      'seen $0',
      'no: the operation key "seen $0" may come out the same for two keys, since its parts may run into each other'
    ],
    ['what Kafka has as the key', '$+{_attr_messaging_kafka_message_key}', `if: ${HAS_KEY}`]
  ])('%s', (_name, desc, expected) => {
    expect(shortly(judge(threshold({ desc })))).toEqual([expected])
  })

  test('of every type that has operations', () => {
    const types = [
      { type: 'SingleWithSuppress', window: '10' },
      { type: 'SingleWithThreshold', window: '10', thresh: '2' },
      {
        type: 'SingleWith2Thresholds',
        window: '10',
        thresh: '2',
        desc2: 'calm',
        action2: 'none',
        window2: '5',
        thresh2: '0'
      },
      { type: 'EventGroup', window: '10' }
    ]
    for (const fields of types) {
      expect(shortly(judge(single({ ...fields, desc: '$+{host}' })))).toEqual([`if: ${BY_NAME}`])
      expect(judge(single({ ...fields, desc: 'all' }))[0]?.split).toBe('no')
    }
  })

  test('a rule that remembers nothing needs no key', () => {
    expect(shortly(judge(single({ action: 'alert login at $2' })))).toEqual(['yes'])
    expect(shortly(judge('type=Suppress\nptype=SubStr\npattern=noise\n'))).toEqual(['yes'])
  })

  test('but for lines without a key, where the router keeps them from it', () => {
    const apart: SplitKey = { ...host, withoutKey: 'apart' }
    expect(shortly(judge(single({ ptype: 'SubStr', pattern: 'x' }), apart))).toEqual([`if: ${HAS_KEY}`])
    expect(shortly(judge(single({}), apart))).toEqual(['yes'])
  })
})

describe('what stands for the key', () => {
  test('a field of the record, in every record', () => {
    expect(shortly(judge(threshold({ desc: '$+{_attr_host_name}' }), field))).toEqual([`if: ${HAS_KEY}`])
    expect(shortly(judge(threshold({ desc: '$+{_attr_hostname}' }), field))).toEqual([
      'no: the operation key "$+{_attr_hostname}" does not contain the key'
    ])
  })

  test('the same expression at the beginning of the line is proven', () => {
    expect(shortly(judge(threshold({ pattern: '^(\\S+) sshd: (.*)', desc: '$1' }), header))).toEqual(['yes'])
    const same: SplitKey = { ...header, definition: { type: 'regexp', pattern: '(.*) is up', variable: '1' } }
    expect(shortly(judge(threshold({ pattern: '(.*) is up', desc: '$1' }), same))).toEqual(['yes'])
    expect(judge(threshold({ pattern: '^(\\S+) sshd: (.*)', desc: '$2' }), header)[0]?.split).toBe('no')
    expect(judge(threshold({ pattern: '^(\\w+) ', desc: '$1' }), header)[0]?.split).toBe('no')
  })

  test('the same expression elsewhere, if the router matches nowhere before', () => {
    const from: SplitKey = {
      ...header,
      definition: { type: 'regexp', pattern: ' from ([\\d.]+)', variable: '1' }
    }
    const rule = threshold({ pattern: 'Failed password for (\\S+) from ([\\d.]+) port', desc: '$2' })
    expect(shortly(judge(rule, from))).toEqual([
      "if: the router's pattern matches in no line that it matches before $2"
    ])
    expect(judge(threshold({ pattern: 'for (\\S+) from (\\S+)', desc: '$2' }), from)[0]?.split).toBe('no')
  })

  test('an expression that leaves a choice is not proven', () => {
    const lazy: SplitKey = { ...header, definition: { type: 'regexp', pattern: '^(\\S+)', variable: '1' } }
    expect(judge(threshold({ pattern: '^(\\S+)x', desc: '$1' }), lazy)[0]?.split).toBe('if')
    const wide: SplitKey = { ...header, definition: { type: 'regexp', pattern: '^(.+) ', variable: '1' } }
    expect(judge(threshold({ pattern: '^(.+) x', desc: '$1' }), wide)[0]?.split).toBe('if')
  })

  test.each([
    ['(?:host=(?<host>\\S+))? x', 'no'],
    ['host=(?<host>\\S+)|x', 'no'],
    ['(?|host=(?<host>\\S+)|on (?<host>\\S+))', 'if'],
    ['(?:host=(?<host>\\S+) )+x', 'if'],
    ['(?=.*host=(?<host>\\S+))x', 'if']
  ])('a name that a match may leave unset is not: %s', (pattern, expected) => {
    expect(judge(threshold({ pattern, desc: '$+{host}' }))[0]?.split).toBe(expected)
  })

  test('a match that the cache brings', () => {
    const store = single({ pattern: 'host=(\\S+)', varmap: 'host=1; seen', continue: 'TakeNext' })
    const use = threshold({ ptype: 'Cached', pattern: 'seen', desc: '$+{host}' })
    expect(judge(`${store}\n${use}`)[1]?.split).toBe('if')
    expect(judge(`${store}\n${threshold({ ptype: 'Cached', pattern: 'seen', desc: '$2' })}`)[1]?.split).toBe(
      'no'
    )
  })

  test('nothing of the line, where rules rewrite it', () => {
    const rules = `${single({ action: 'rewrite 1 other', continue: 'TakeNext' })}\n${threshold({ desc: '$0' })}`
    expect(judge(rules)[1]?.split).toBe('no')
  })
})

describe('contexts', () => {
  test('whose names have the key', () => {
    const rules = [
      single({ action: 'create DOWN_$+{host} 60 ( alert error still down )' }),
      single({ pattern: 'up host=(?<host>\\S+)', context: 'DOWN_$+{host}', action: 'delete DOWN_$+{host}' })
    ]
    expect(judge(rules.join('\n')).map(({ split }) => split)).toEqual(['if', 'if'])
  })

  test('whose names do not', () => {
    const rules = [
      single({ pattern: 'maintenance', action: 'create QUIET 60' }),
      single({ context: '!QUIET', action: 'alert down' }),
      single({ pattern: 'other', action: 'alert other' })
    ]
    expect(shortly(judge(rules.join('\n')))).toEqual([
      'no: the context "QUIET", which it changes, does not contain the key',
      'no: goes by the context "QUIET", which the rule at line 1 changes for other keys too',
      "no: gets the lines that the rule at line 7 leaves to it, which can't be split"
    ])
  })

  test('of one name for different keys', () => {
    const rules = [
      single({ pattern: 'a=(\\S+) host=(?<host>\\S+)', action: 'create X $1; create PAIR_$+{host} 60' }),
      single({ pattern: 'b=(\\S+) host=(?<host>\\S+)', context: 'PAIR_$1', action: 'alert' })
    ]
    const [, second] = judge(rules.join('\n'))
    expect(second?.because).toEqual([
      'goes by the context "PAIR_$1", which the rule at line 1 changes as "PAIR_$+{host}" for other keys too'
    ])
  })

  test('that nobody makes are no matter', () => {
    expect(shortly(judge(single({ context: 'SEC_INTERNAL_EVENT || NEVER', action: 'alert' })))).toEqual([
      'yes'
    ])
  })

  test('by a rule that can not be split', () => {
    const rules = [
      threshold({ desc: 'all', action: 'create SEEN_$+{host} 60', continue: 'TakeNext' }),
      single({ context: 'SEEN_$+{host}', action: 'alert' })
    ]
    expect(judge(rules.join('\n'))[1]?.because).toEqual([
      'goes by the context "SEEN_$+{host}", which the rule at line 1 changes, and that can\'t be split'
    ])
  })

  test('all their names go to a script', () => {
    const script = single({ type: 'SingleWithScript', script: 'true' })
    expect(shortly(judge(script))).toEqual(['yes'])
    expect(judge(`${script}\n${single({ action: 'create C_$+{host}' })}`)[0]?.because).toEqual([
      'gives its program the names of all contexts, whatever their keys'
    ])
  })
})

describe('action list variables', () => {
  test.each([
    ['set by the list itself', 'assign %c CTX_$+{host}; create %c 60', 'if'],
    ['set by the list, without the key', 'assign %c CTX; create %c 60', 'no'],
    ['of other lines', 'alert %last; assign %last $2', 'no'],
    ['set on one way only', 'exists %e X_$+{host}; if %e ( assign %x a ); alert %x', 'no'],
    ['set on both ways', 'exists %e X_$+{host}; if %e ( assign %x a ) else ( assign %x b ); alert %x', 'yes'],
    ['taken from a context that may not be there', 'copy X_$+{host} %x; alert %x', 'no'],
    [
      'that a loop counts with',
      'getsize %n X_$+{host}; while %n ( shift X_$+{host} %l; alert %l; getsize %n X_$+{host} )',
      'no'
    ],
    ['of time', 'alert at %t', 'yes'],
    ['%s', 'alert %s', 'yes'],
    ['that nobody sets', 'alert %never', 'yes']
  ])('%s', (_name, action, expected) => {
    expect(judge(single({ action }))[0]?.split).toBe(expected)
  })

  test('taken from a context that must be there', () => {
    const rules = `${single({ context: 'X_$+{host}', action: 'copy X_$+{host} %x; alert %x' })}\n${single({ action: 'add X_$+{host} $2' })}`
    expect(judge(rules).map(({ split }) => split)).toEqual(['if', 'if'])
  })

  test('that are set to constants at the start', () => {
    const start = single({
      ptype: 'SubStr',
      pattern: 'SEC_STARTUP',
      context: 'SEC_INTERNAL_EVENT',
      action: 'assign %to root'
    })
    const rules = `${start}\n${single({ action: 'alert to %to' })}`
    expect(shortly(judge(rules, host, { internalEvents: true }))).toEqual(['yes', 'yes'])
    const other = `${single({ action: 'assign %to $2' })}\n${single({ action: 'alert to %to' })}`
    expect(judge(other)[1]?.split).toBe('no')
  })
})

describe('the second pattern of a Pair', () => {
  const pair = (fields: Readonly<Record<string, string>>): string =>
    single({
      type: 'Pair',
      desc: '$+{host}',
      ptype2: 'RegExp',
      desc2: 'up',
      action2: 'alert up',
      window: '60',
      ...fields
    })

  test.each([
    ['with the key', 'up host=$+{host} ok', 'if'],
    ['with the key at the end of the line', 'up\\s$+{host}$', 'if'],
    ['with the key in a group of its name', 'up host=(?<host>$+{host}) ok', 'if'],
    ['with the key where the router has it', 'host=$+{host} up', 'if'],
    ['with the key or a longer one', 'up host=$+{host}', 'no'],
    ['with the key or one that ends with it', '$+{host} ok', 'no'],
    ['with the key in one branch', 'up $+{host} ok|x', 'no'],
    ['with the key or one with a dot behind', 'up host=$+{host}\\b', 'no'],
    ['without the key', 'up', 'no'],
    ['with another key', 'up host=(?<host>\\S+)', 'no'],
    ['with the key beside another', 'up host=(?<host>\\S+) for $+{host} ok', 'no'],
    ['with the key in one alternative', 'up host=(?:$+{host}|any) ok', 'no'],
    ['with another variable', 'up $2 ok', 'no']
  ])('%s', (_name, pattern2, expected) => {
    expect(judge(pair({ pattern2 }))[0]?.split).toBe(expected)
  })

  test('as a text, or of records', () => {
    expect(judge(pair({ ptype2: 'SubStr', pattern2: 'up=$+{host};' }))[0]?.split).toBe('no')
    expect(judge(pair({ ptype2: 'SubStr', pattern2: 'up\\s$+{host}\\sok' }))[0]?.split).toBe('if')
    expect(judge(pair({ ptype2: 'NRegExp', pattern2: 'up $+{host}' }))[0]?.split).toBe('no')
    const record = {
      ptype2: 'Record',
      pattern2: 'record.attributes.up == true && record.attributes.host == "$+{host}"'
    }
    expect(judge(pair(record))[0]?.split).toBe('if')
    expect(judge(pair({ ptype2: 'Record', pattern2: 'record.attributes.up == true' }))[0]?.split).toBe('no')
  })

  test('decides what comes after it', () => {
    const rules = `${pair({ pattern2: 'up' })}\n${single({ pattern: 'x' })}`
    expect(judge(rules).map(({ split }) => split)).toEqual(['no', 'no'])
    expect(
      judge(
        `${pair({ pattern2: 'up', continue: 'TakeNext', continue2: 'TakeNext' })}\n${single({ pattern: 'x' })}`
      )[1]?.split
    ).toBe('yes')
  })

  test('%-variables are those of the first', () => {
    const action2 = 'delete DOWN_%+{host}'
    expect(judge(pair({ pattern2: 'up host=(?<host>$+{host}) ok', action2 }))[0]?.split).toBe('if')
    expect(judge(pair({ pattern2: 'up host=$+{host} (\\S+)', action2: 'create DOWN_$1' }))[0]?.split).toBe(
      'no'
    )
  })
})

describe('what no key divides', () => {
  test.each([
    [
      'Calendar',
      'type=Calendar\ntime=0 * * * *\ndesc=hourly\naction=alert hourly\n',
      'acts on the clock, once in each part of the stream'
    ],
    [
      'several lines',
      single({ ptype: 'RegExp2', pattern: 'a\\nb' }),
      'looks at 2 lines at once, which may be of several keys'
    ],
    ['Perl', single({ action: 'eval %x ( 1 )' }), PERL],
    ['Perl in a pattern', single({ ptype: 'PerlFunc', pattern: 'sub { 1 }' }), PERL],
    ['Perl in a context expression', single({ context: '=( 1 )' }), PERL],
    ['signals', single({ action: 'sigemul HUP' }), 'acts on the whole process (sigemul)'],
    [
      'inputs',
      single({ action: 'addinput /tmp/x 0' }),
      'opens and closes inputs (addinput), which no key leads to'
    ]
  ])('%s', (_name, rule, reason) => {
    expect(judge(rule)[0]?.because).toContain(reason)
  })

  test('SEC_STARTUP', () => {
    const rule = single({ pattern: '.', action: 'alert' })
    expect(judge(rule)[0]?.split).toBe('yes')
    expect(judge(rule, host, { internalEvents: true })[0]?.because).toEqual([
      'matches SEC_STARTUP, which comes once in each part of the stream'
    ])
    expect(judge(single({ action: 'alert' }), host, { internalEvents: true })[0]?.split).toBe('yes')
  })

  test('reset of operations of other keys', () => {
    const rules = (text: string): string =>
      `${threshold({ desc: '$+{host}', continue: 'TakeNext' })}\n${single({ pattern: 'ok host=(?<host>\\S+) (\\S+)', action: `reset -1 ${text}` })}`
    expect(judge(rules('$+{host}')).map(({ split }) => split)).toEqual(['if', 'if'])
    expect(judge(rules('$2')).map(({ split }) => split)).toEqual(['no', 'no'])
  })
})

describe('synthetic events', () => {
  const raise = (text: string, fields: Readonly<Record<string, string>> = {}): string =>
    single({ pattern: 'a host=(?<host>\\S+)', action: `event ${text}`, continue: 'TakeNext', ...fields })

  test('bring their key by name, as the user says', () => {
    const rules = `${raise('DOWN host=$+{host} x')}\n${threshold({ pattern: '^DOWN host=(?<host>\\S+)', desc: '$+{host}' })}`
    expect(shortly(judge(rules))[1]).toBe(
      `if: ${BY_NAME}, and in a synthetic event that of the line that led to it`
    )
  })

  test('have no fields', () => {
    const rule = threshold({ pattern: 'x', desc: '$+{_attr_host_name}' })
    expect(judge(`${raise('y')}\n${rule}`, field)[1]?.split).toBe('if')
    expect(judge(`${raise('xy')}\n${rule}`, field)[1]?.split).toBe('no')
    expect(judge(`${raise('DOWN $+{host}')}\n${rule}`, field)[1]?.split).toBe('no')
  })

  test('of rules that can not be split', () => {
    const rules = `${threshold({ desc: 'all', action: 'event MANY', continue: 'TakeNext' })}\n${single({ pattern: '^MANY$', action: 'alert many' })}`
    expect(judge(rules)[1]?.because).toEqual([
      "may match the synthetic events of the rule at line 1, which can't be split"
    ])
  })
})

describe('rules that others lead to', () => {
  test('by Jump', () => {
    const jump = (context: string): string =>
      `type=Jump\nptype=TValue\npattern=TRUE\ncontext=${context}\ncfset=inner\n\n${single({ pattern: 'maintenance', action: 'create QUIET' })}`
    const inner = parseRuleFile(
      'inner.sec',
      `type=Options\njoincfset=inner\nprocallin=no\n\n${single({ action: 'alert' })}`
    )
    const judgeAll = (context: string): string[] =>
      splitVerdicts([parseRuleFile('outer.sec', jump(context)), inner], {
        key: host,
        internalEvents: false,
        runsPrograms: false
      }).map(({ split }) => split)
    expect(judgeAll('OTHER')).toEqual(['yes', 'no', 'yes'])
    expect(judgeAll('QUIET')).toEqual(['no', 'no', 'no'])
  })
})
