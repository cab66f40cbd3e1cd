import { spawn } from 'node:child_process'

/** It says how far it is every 100 cases, which take some seconds, or a minute where SEC has not been asked yet. */
const LONGEST_SILENCE_MS = 300_000

export interface ComparisonEnd {
  readonly stdout: string
  readonly stderr: string
  /** False: it was killed after a long silence. */
  readonly ended: boolean
}

/** Compares random cases in a copy of the project, up to the first difference. */
export function compare(directory: string, sec: string, options: readonly string[]): Promise<ComparisonEnd> {
  const args = ['scripts/run-ts.mjs', 'test/parity/generator/main.ts', '--most', '1', '--as-they-are']
  // What a killed run leaves goes away with the copy.
  const env = { ...process.env, SEC_BIN: sec, TMPDIR: directory }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, ...options], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let [stdout, stderr] = ['', '']
    let ended = true
    const watchdog = setTimeout(() => {
      ended = false
      child.kill('SIGKILL')
    }, LONGEST_SILENCE_MS)
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      stdout += text
      watchdog.refresh()
    })
    child.stderr.setEncoding('latin1').on('data', (text: string) => void (stderr += text))
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(watchdog)
      resolve({ stdout, stderr, ended })
    })
  })
}
