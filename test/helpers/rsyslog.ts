import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { LogDaemon } from './log-daemon.ts'

const PROGRAM = '/usr/sbin/rsyslogd'

/** `program`: from `requireRsyslog`. */
export function rsyslogDaemon(
  context: TestContext,
  program: string,
  folder: string,
  config: string
): LogDaemon {
  const path = join(folder, 'rsyslog.conf')
  writeFileSync(path, `global(workDirectory="${folder}")\n${config}`)
  const { options, env } = rsyslogSurroundings(program)
  return new LogDaemon(
    context,
    folder,
    [program, '-n', '-f', path, '-i', join(folder, 'pid'), ...options],
    env
  )
}

/** Where it is unpacked it finds neither its modules nor the libraries that came with it. */
export function rsyslogSurroundings(program: string): {
  readonly options: readonly string[]
  readonly env: Readonly<Record<string, string>>
} {
  const root = program.slice(0, -PROGRAM.length)
  if (root === '') return { options: [], env: {} }
  const libraries = librariesIn(root)
  const modules = libraries.map(each => join(each, 'rsyslog')).filter(each => existsSync(each))
  return { options: ['-M', modules.join(':')], env: { LD_LIBRARY_PATH: libraries.join(':') } }
}

/** `/usr/lib/<architecture>` below the root. */
function librariesIn(root: string): string[] {
  const folder = join(root, 'usr/lib')
  return readdirSync(folder).map(name => join(folder, name))
}
