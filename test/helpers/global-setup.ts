import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why dist/ could not be built; empty if it is up to date. */
    buildFailure: string
  }
}

/**
 * Brings dist/ up to date before the first test. A build that fails stops only the tests that run the built command
 * (`correlogCommand`), so that one unit can be tested while another does not compile.
 */
export function setup(project: TestProject): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
    cwd: project.config.root,
    encoding: 'utf8'
  })
  if (status === 0) process.stdout.write(stdout)
  else process.stderr.write('setup: dist/ does not build; tests that run it will fail\n')
  project.provide('buildFailure', status === 0 ? '' : `${stdout}${stderr}`)
}
