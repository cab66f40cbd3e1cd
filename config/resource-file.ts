/**
 * The arguments that a resource file (the one that SECRC names) adds behind the command line's: its lines, white space
 * around them taken off. Empty ones and those that begin with `#` are comments. A line is one argument: an option
 * and its value are joined by `=` or stand on two lines.
 */
export function parseResourceFile(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.replace(/^[ \t\r\f\v]+|[ \t\r\f\v]+$/g, ''))
    .filter(line => line !== '' && !line.startsWith('#'))
}
