import { readFileSync } from 'node:fs'
import { systemErrorText } from '../adapters/system-error.ts'
import { parseResourceFile } from '../config/resource-file.ts'
import { parseSecCommandLine, type SecCommandLine } from '../config/sec-command-line.ts'

/**
 * SEC's options from arguments and from the resource file that `resourceFile` (the value of SECRC) names. HUP calls
 * it again. `complain` takes what SEC prints on standard error.
 */
export function readSecArguments(
  args: readonly string[],
  resourceFile: string | undefined,
  complain: (line: string) => void
): SecCommandLine {
  const own = args.map(argument => Buffer.from(argument).toString('latin1'))
  const commandLine = parseSecCommandLine([...own, ...readResourceFile(resourceFile, complain)])
  for (const message of commandLine.messages) complain(`${message}\n`)
  return commandLine
}

function readResourceFile(name: string | undefined, complain: (line: string) => void): string[] {
  if (name === undefined) return []
  try {
    return parseResourceFile(readFileSync(name, 'latin1'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return []
    complain(`Can't open resource file ${name} (${systemErrorText(error)})\n`)
    return []
  }
}
