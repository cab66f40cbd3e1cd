/** How a command is executed. Texts are byte strings without NUL. */
export interface Execution {
  readonly file: string
  /** The name that the program is told it has, where that is not `file`. */
  readonly argv0?: string
  readonly args: readonly string[]
  /** Standard error shares standard output: the command ended in `2>&1`. */
  readonly mergesErrors: boolean
}

const SHELL = '/bin/sh'
const WHITESPACE = /[ \t\n\v\f\r]+/
const METACHARACTER = /[$&*(){}[\]'";\\|?<>~`\n]/
/** A command that starts with an assignment, `exec` or `.` is the shell's in any case. */
const SHELL_START = /^(?:\w+=|exec[ \t\n\v\f\r]|\.[ \t\n\v\f\r])/
const MERGED_ERRORS = /[ \t\n\v\f\r]2>&1[ \t\n\v\f\r]*$/

/**
 * Decides as Perl's `exec` does, and so SEC: a string with shell metacharacters goes to the shell, another one is split
 * at white space; a list is executed as it is. A last `2>&1` needs no shell, and a last newline is none.
 * Undefined: there is nothing to execute.
 */
export function parseCommand(command: string | readonly string[]): Execution | undefined {
  if (typeof command !== 'string') return direct(command.map(cString), false)
  const line = cString(command).replace(/^[ \t\n\v\f\r]+/, '')
  const mergesErrors = MERGED_ERRORS.test(line)
  const program = mergesErrors ? line.replace(MERGED_ERRORS, '') : line.replace(/\n$/, '')
  if (SHELL_START.test(line) || METACHARACTER.test(program)) return shell(line)
  return direct(
    program.split(WHITESPACE).filter(word => word !== ''),
    mergesErrors
  )
}

/** Has the shell execute a command line. Perl calls it `sh`, which `$0` and its messages show. */
export function shell(line: string): Execution {
  return { file: SHELL, argv0: 'sh', args: ['-c', line], mergesErrors: false }
}

/** The same program started by way of a shell that lets standard error share standard output. */
export function mergeByShell({ file, args }: Execution): Execution {
  return { file: SHELL, args: ['-c', 'exec "$0" "$@" 2>&1', file, ...args], mergesErrors: false }
}

/**
 * The same execution with arguments of ASCII only, for byte strings that no character string stands for: the shell
 * makes the bytes from octal escapes.
 */
export function escapeBytes({ file, args, mergesErrors }: Execution): Execution {
  const line = `exec ${[file, ...args].map(quote).join(' ')}`
  const escaped = line.replace(/[^ -[\]-~]/g, byte => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return { file: SHELL, args: ['-c', `eval "$(printf '%b' "$1")"`, 'sh', escaped], mergesErrors }
}

function direct(words: readonly string[], mergesErrors: boolean): Execution | undefined {
  const [file, ...args] = words
  return file === undefined ? undefined : { file, args, mergesErrors }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** What a system call takes of a string: up to its first NUL. */
function cString(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
