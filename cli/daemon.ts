import { spawn } from 'node:child_process'
import { closeSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { writeStandardError } from '../adapters/log/standard-error.ts'

/** Set for the process that becomes the daemon: whether its starter's standard error is a terminal. */
const VARIABLE = 'CORRELOG_DAEMON'
const STARTER_DESCRIPTOR = 3
/** What the daemon sends to its starter when it runs. No message holds a lone NUL at its end. */
const READY = '\0'

/**
 * Starts this program again as a daemon: in a session of its own, its standard streams on /dev/null. (Node.js cannot
 * fork.) What the daemon says while it starts goes to our standard error. Yields the exit status for us: 0 when the
 * daemon runs, otherwise that with which it gave up.
 */
export async function startDaemon(): Promise<number> {
  const [, program = '', ...args] = process.argv
  const daemon = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, [VARIABLE]: isatty(2) ? 'terminal' : 'quiet' }
  })
  const ended = new Promise<number>((resolve, reject) => {
    daemon.once('error', reject)
    daemon.once('exit', code => resolve(code ?? 1))
  })
  let ready = false
  const messages = daemon.stdio[STARTER_DESCRIPTOR]
  const closed = new Promise<void>(resolve => {
    messages?.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1')
      ready ||= text.endsWith(READY)
      writeStandardError(ready ? text.slice(0, -READY.length) : text)
    })
    messages?.once('close', resolve)
  })
  await closed
  if (!ready) return ended
  daemon.unref()
  return 0
}

/** The daemon's side of its start. */
export interface DaemonStart {
  /** The starter's standard error is a terminal. */
  readonly onTerminal: boolean
  /** Writes to the starter's standard error, as long as it waits. */
  readonly tell: (text: string) => void
  /** Lets the starter go, with success. */
  readonly ready: () => void
}

/** `undefined` where this process was not started by `startDaemon`. To be called once, before anything is run. */
export function takeDaemonStart(): DaemonStart | undefined {
  const starter = process.env[VARIABLE]
  if (starter === undefined) return undefined
  delete process.env[VARIABLE]
  let open = true
  const tell = (text: string): void => {
    if (!open) return
    try {
      writeSync(STARTER_DESCRIPTOR, Buffer.from(text, 'latin1'))
    } catch {
      // The starter was ended: the daemon starts all the same.
    }
  }
  return {
    onTerminal: starter === 'terminal',
    tell,
    ready: () => {
      tell(READY)
      open = false
      closeSync(STARTER_DESCRIPTOR)
    }
  }
}
