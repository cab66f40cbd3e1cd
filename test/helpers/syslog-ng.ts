import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { LogDaemon } from './log-daemon.ts'

/** `program`: from `requireSyslogNg`. */
export function syslogNgDaemon(
  context: TestContext,
  program: string,
  folder: string,
  config: string
): LogDaemon {
  const path = join(folder, 'syslog-ng.conf')
  writeFileSync(path, `@version: 3.38\n${config}`)
  const files = ['persist-file=persist', 'pidfile=pid', 'control=control'].map(each => {
    const [option, name = ''] = each.split('=')
    return `--${option}=${join(folder, name)}`
  })
  return new LogDaemon(context, folder, [program, '-F', '-f', path, ...files])
}
