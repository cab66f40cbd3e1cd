/** A fault to be planted into the engine: it must still compile, and must show in what rules write. */
export interface Fault {
  readonly name: string
  readonly file: string
  /** Texts that stand in the file once, each with what takes its place. */
  readonly edits: readonly (readonly [found: string, replacement: string])[]
}

const CALENDAR_PASS = '    for (const rule of this.calendar.due(core.now)) this.#tick(rule)\n'

export const FAULTS: readonly Fault[] = [
  {
    name: "an operation's window ends a second early",
    file: 'plugin/operations.ts',
    edits: [['deadline !== undefined && deadline < now', 'deadline !== undefined && deadline <= now']]
  },
  {
    name: 'a context expires a second early',
    file: 'plugin/contexts/store.ts',
    edits: [
      ['now - context.created > context.lifetime', 'now - context.created >= context.lifetime'],
      ['this.deadlines.takeDue(now)', 'this.deadlines.takeDue(now + 1)']
    ]
  },
  {
    name: 'an event exactly one window old is forgotten by threshold rules',
    file: 'plugin/rules/arrivals.ts',
    edits: [['core.now - time <= window', 'core.now - time < window']]
  },
  {
    name: 'an event exactly one window old is forgotten by EventGroup',
    file: 'plugin/rules/event-group.ts',
    edits: [['events.keep(event => event.time >= time)', 'events.keep(event => event.time > time)']]
  },
  {
    name: 'Calendar rules run after operations in a pass',
    file: 'plugin/time/timer-passes.ts',
    edits: [
      [CALENDAR_PASS, ''],
      [
        '        guarded(host, () => core.expireOperation(operation))\n      }\n    }\n',
        `        guarded(host, () => core.expireOperation(operation))\n      }\n    }\n${CALENDAR_PASS}`
      ]
    ]
  },
  {
    name: 'an operation does not keep the cache entries of its start',
    file: 'plugin/rules/match-condition.ts',
    edits: [['if (entry !== undefined) cache[name] = entry', 'void entry']]
  },
  {
    name: 'what match variables bring in is searched for action list variables',
    file: 'plugin/patterns/match-variables.ts',
    edits: [["return value.includes('%') ? value.replaceAll('%', '%%') : value", 'return value']]
  },
  {
    name: "what the first pattern's variables bring in is searched for the second's",
    file: 'plugin/patterns/match-variables.ts',
    edits: [["return value.replaceAll('$', '$$$$')", 'return value']]
  },
  {
    name: 'values in a second regular expression are not quoted',
    file: 'plugin/rules/pair.ts',
    edits: [['{ dollar: captured }, quotemeta)', '{ dollar: captured })']]
  },
  {
    name: 'the match cache outlives its line',
    file: 'plugin/correlator.ts',
    edits: [['    this.cache = NO_MATCHES\n    this.perlEntries', '    this.perlEntries']]
  },
  {
    name: 'a match is cached only if the context expression holds',
    file: 'plugin/rules/match-condition.ts',
    edits: [
      [
        '      for (const entry of variableMap.entries) core.storeMatch(entry, variables, match, variableMap)\n',
        ''
      ],
      [
        '  if (context === undefined || context.beforePattern) return bindings\n',
        '  const store = () => { if (match !== true && variables !== undefined && variableMap !== undefined) for (const entry of variableMap.entries) core.storeMatch(entry, variables, match, variableMap) }\n  if (context === undefined || context.beforePattern) { store(); return bindings }\n'
      ],
      ['  // Perl code of the expression', '  store()\n  // Perl code of the expression']
    ]
  },
  {
    name: 'trim takes what was written at the very second',
    file: 'plugin/actions/event-store.ts',
    edits: [['event.time >= seconds', 'event.time > seconds']]
  },
  {
    name: 'prepend turns the order of lines round',
    file: 'plugin/actions/event-store.ts',
    edits: [['context.events.unshift(added)', 'context.events.unshift(added.reverse())']]
  },
  {
    name: 'the second threshold is one lower',
    file: 'plugin/rules/single-with-2-thresholds.ts',
    edits: [
      ['state.arrivals.length <= definition.threshold2', 'state.arrivals.length < definition.threshold2']
    ]
  },
  {
    name: 'EventGroup acts once in spite of multact',
    file: 'plugin/rules/event-group.ts',
    edits: [['state.suppressed = !definition.multipleActions', 'state.suppressed = true']]
  },
  {
    name: 'a new synthetic event overtakes those that wait',
    file: 'plugin/synthetic-events.ts',
    edits: [['    this.#queue.push(event)', '    this.#queue.splice(this.#head, 0, event)']]
  },
  {
    name: 'reset without an offset ends the operation of one rule only',
    file: 'plugin/actions/operations.ts',
    edits: [
      [
        '      if (operation !== undefined) core.operations.end(operation)\n    }',
        '      if (operation !== undefined) return core.operations.end(operation)\n    }'
      ]
    ]
  },
  {
    name: 'create keeps the store of the context that is there',
    file: 'plugin/actions/contexts.ts',
    edits: [['  context.events.clear()\n', '']]
  },
  {
    name: 'a Pair that is due still sees its second event',
    file: 'plugin/rules/pair.ts',
    edits: [
      [
        "rule.definition.type === 'Pair' && core.operations.isDue(operation, core.now)",
        "rule.definition.type === 'Pair' && core.operations.isDue(operation, -1)"
      ]
    ]
  },
  {
    name: 'obsolete drops a context without its actions',
    file: 'plugin/actions/contexts.ts',
    edits: [['core.expireContext(context, contextName)', 'core.contexts.remove(context)']]
  },
  {
    name: "rewrite starts at the buffer's first line",
    file: 'plugin/input-buffers.ts',
    edits: [['const start = this.size - lines.length', 'const start = 0']]
  },
  {
    name: 'setwpos forgets what happened at the very second',
    file: 'plugin/rules/arrivals.ts',
    edits: [['time >= windowStart', 'time > windowStart']]
  },
  {
    name: 'GoTo leaves out the rule after its label',
    file: 'plugin/matching.ts',
    edits: [['index = target - 1', 'index = target']]
  },
  {
    name: 'clocks change a second late',
    file: 'plugin/time/time-zone.ts',
    edits: [
      [
        'createTimeZone(name: string, periodAt: ZonePeriods): TimeZone {\n',
        `createTimeZone(name: string, early: ZonePeriods): TimeZone {
  const periodAt: ZonePeriods = seconds => {
    const { from, until, ...period } = early(seconds - 1)
    return { ...period, from: from + 1, until: until + 1 }
  }
`
      ]
    ]
  }
]
