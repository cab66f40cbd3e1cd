import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Whether this process is in the foreground of a terminal, where INT is to end it. */
export function isInteractive(): boolean {
  try {
    // proc(5): after the program's name in parentheses come state, ppid, pgrp, session, tty_nr and tpgid.
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foregroundGroup
  } catch {
    return isatty(2)
  }
}
