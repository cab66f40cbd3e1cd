import fc from 'fast-check'

/*
 * Rules whose timers set each other, with Calendar rules that look at what the timers do: what of a pass the next one
 * sees is all that they are about. Lines are a, b and c; contexts A, B and C.
 */

const context = fc.constantFrom('A', 'B', 'C')
const line = fc.constantFrom('a', 'b', 'c')
const seconds = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 200 }))

const expression = fc.oneof(
  context,
  context.map(name => `!${name}`),
  fc.tuple(context, context).map(([a, b]) => `${a} && !${b}`),
  fc.tuple(context, context).map(([a, b]) => `${a} || ${b}`)
)

const write = fc.constant('write - %u %s')
const setting = fc.oneof(
  fc.tuple(context, seconds).map(([name, life]) => `create ${name} ${life}`),
  context.map(name => `delete ${name}`)
)
const event = fc
  .tuple(fc.oneof(fc.constant(0), seconds), line)
  .map(([after, text]) => `event ${after} x${text}`)
const expiring = fc
  .tuple(context, seconds, fc.oneof(setting, event))
  .map(([name, life, then]) => `create ${name} ${life} ( ${then}; write - %u _THIS )`)
/** What makes an event at once must not be matched by it: else it goes on for ever. */
const quietActions = fc.tuple(write, fc.oneof(setting, expiring)).map(parts => parts.join('; '))
const actions = fc.tuple(write, fc.oneof(setting, expiring, event)).map(parts => parts.join('; '))

const calendar = fc
  .tuple(
    fc.constantFrom('* * * * *', '*/2 * * * *', '1-3 * * * *', '0 * * * *', '* 2 * * *'),
    fc.option(expression, { nil: undefined }),
    fc.oneof(write, actions)
  )
  .map(([time, holds, act]) => [
    'type=Calendar',
    `time=${time}`,
    ...(holds === undefined ? [] : [`context=${holds}`]),
    'desc=calendar',
    `action=${act}`
  ])

const single = fc
  .tuple(
    line,
    expression,
    fc.oneof(fc.tuple(fc.constant('x?'), quietActions), fc.tuple(fc.constant(''), actions))
  )
  .map(([text, holds, [before, act]]) => [
    'type=Single',
    'ptype=RegExp',
    `pattern=^${before}${text}$`,
    'continue=TakeNext',
    `context=${holds}`,
    'desc=single',
    `action=${act}`
  ])

const threshold = fc
  .tuple(line, seconds, actions)
  .map(([text, window, act]) => [
    'type=SingleWithThreshold',
    'ptype=SubStr',
    `pattern=${text}`,
    'continue=TakeNext',
    'desc=threshold',
    'action=none',
    `action2=${act}`,
    `window=${window}`,
    'thresh=2'
  ])

const pair = fc
  .tuple(line, line, seconds, actions)
  .map(([first, second, window, act]) => [
    'type=PairWithWindow',
    'ptype=SubStr',
    `pattern=${first}`,
    'continue=TakeNext',
    'desc=pair',
    `action=${act}`,
    'ptype2=SubStr',
    `pattern2=${second}`,
    'continue2=TakeNext',
    'desc2=pair',
    'action2=none',
    `window=${window}`
  ])

const group = fc
  .tuple(line, seconds, actions)
  .map(([text, window, act]) => [
    'type=EventGroup',
    'ptype=SubStr',
    `pattern=${text}`,
    'continue=TakeNext',
    'thresh=2',
    'desc=group',
    'action=none',
    'slide=write - %u slide',
    `end=${act}`,
    `window=${window}`
  ])

export const timerRules = fc
  .array(fc.oneof(calendar, calendar, single, threshold, pair, group), { minLength: 2, maxLength: 7 })
  .map(rules => rules.map(rule => `${rule.join('\n')}\n`).join('\n'))

/** Lines and the seconds between them. */
export const timerLines = fc.array(
  fc.record({
    gap: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 4, max: 400 })),
    text: line
  }),
  { minLength: 1, maxLength: 12 }
)
