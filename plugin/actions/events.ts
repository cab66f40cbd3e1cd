import { draftInstead, raiseInstead } from '../alerts/raise.ts'
import { debug } from '../core.ts'
import { DEFAULT_EVENT_CONTEXT } from '../synthetic-events.ts'
import { type ActionScope, splitLines } from './scope.ts'
import { contextName, takeMatch, textOrDescription, timeOffset } from './parameters.ts'
import { action, type Parameter } from './syntax.ts'

/** Seconds, if the text begins with a number of its own; 0 otherwise. */
const optionalSeconds: Parameter<string> = {
  form: name => `[<${name}>]`,
  take: source => takeMatch(source, /^([0-9]+)(?:$|[ \t\n\r\f\v]+)/),
  read: text => text ?? '0'
}

export const event = action(
  'event',
  { time: optionalSeconds, text: textOrDescription },
  ({ time, text }, scope) => createEvents('event', scope.text(text), time, DEFAULT_EVENT_CONTEXT, scope)
)

export const tevent = action(
  'tevent',
  { time: timeOffset, text: textOrDescription },
  ({ time, text }, scope) => {
    const seconds = scope.text(time)
    createEvents('tevent', scope.text(text), seconds, DEFAULT_EVENT_CONTEXT, scope)
  }
)

export const cevent = action(
  'cevent',
  { context: contextName, time: timeOffset, text: textOrDescription },
  ({ context, time, text }, scope) => {
    const name = scope.text(context)
    const seconds = scope.text(time)
    createEvents('cevent', scope.text(text), seconds, name, scope)
  }
)

/** One synthetic event for each line of `text`, after `time` seconds. */
function createEvents(
  action: 'event' | 'tevent' | 'cevent',
  text: string,
  time: string,
  context: string,
  scope: ActionScope
): void {
  const { core } = scope
  if (!/^[0-9]+$/.test(time)) {
    core.host.log(3, `Invalid time specification '${time}' for creating events`)
    return
  }
  const seconds = Math.min(Number(time), Number.MAX_SAFE_INTEGER)
  const withContext = context === DEFAULT_EVENT_CONTEXT ? '' : ` with context '${context}'`
  for (const line of splitLines(text)) {
    const notification = { action, body: line }
    if (seconds === 0) {
      debug(core, () => `Creating event '${line}'${withContext}`)
      raiseInstead('event', notification, scope)
      core.events.push({ text: line, context, cause: core.alerting?.causeOfEvent() })
    } else {
      debug(core, () => `Scheduling the creation of event '${line}'${withContext} after ${seconds} seconds`)
      core.events.schedule({
        text: line,
        context,
        due: core.now + seconds,
        cause: core.alerting?.causeOfEvent(),
        alert: draftInstead('event', notification, scope)
      })
    }
  }
}
