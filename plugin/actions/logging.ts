import { raiseInstead } from '../alerts/raise.ts'
import { textOrDescription } from './parameters.ts'
import { action } from './syntax.ts'

export const logonly = action('logonly', { text: textOrDescription }, ({ text }, scope) => {
  const message = scope.text(text)
  if (raiseInstead('logonly', { action: 'logonly', body: message }, scope)) return
  if (scope.core.host.logLevel >= 4) scope.core.host.log(4, message)
})
