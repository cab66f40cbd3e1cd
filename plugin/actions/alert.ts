import { raiseAlert, SEVERITIES } from '../alerts/raise.ts'
import { parseSeverity } from '../alerts/severity.ts'
import { textOrDescription } from './parameters.ts'
import { action, type Parameter } from './syntax.ts'

/** A first word that is a severity; another one belongs to the text. */
const optionalSeverity: Parameter<string | undefined> = {
  form: name => `[<${name}>]`,
  take(source) {
    const [whole = '', word = ''] = /^([a-z]+|[0-9]+)(?:$|[ \t\n\r\f\v]+)/.exec(source.rest) ?? []
    if (parseSeverity(word) === undefined) return undefined
    source.rest = source.rest.slice(whole.length)
    return word
  },
  read: text => text
}

/** Raises an alert. Not SEC's: an extension of the rule language. */
export const alert = action(
  'alert',
  { severity: optionalSeverity, text: textOrDescription },
  ({ severity, text }, scope) => {
    const parsed = severity === undefined ? undefined : parseSeverity(severity)
    raiseAlert({ action: 'alert', severity: parsed ?? SEVERITIES.alert, body: scope.text(text) }, scope)
  }
)
