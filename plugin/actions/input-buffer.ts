import { debug } from '../core.ts'
import { splitLines } from './scope.ts'
import { textOrDescription, word } from './parameters.ts'
import { action } from './syntax.ts'

export const rewrite = action(
  'rewrite',
  { lines: word('linecount'), text: textOrDescription },
  ({ lines, text }, scope) => {
    const { buffers, host } = scope.core
    const lineCount = scope.text(lines)
    const replacement = splitLines(scope.text(text))
    if (!/^[0-9]+$/.test(lineCount)) {
      host.log(3, `Invalid linecount '${lineCount}', can't rewrite input buffer`)
      return
    }
    const count = Math.min(Number(lineCount) || replacement.length, buffers.size)
    if (count === 0) {
      host.log(3, 'No data for rewriting input buffer')
      return
    }
    const padding = new Array<string>(Math.max(0, count - replacement.length)).fill('')
    const rewritten = [...padding, ...replacement.slice(0, count)]
    if (!buffers.rewrite(rewritten)) {
      const source = buffers.currentSource ?? ''
      host.log(3, `Can't rewrite the input buffer of non-configured source ${source}`)
      return
    }
    debug(scope.core, () => {
      const name = buffers.currentName
      return `Input buffer${name === undefined ? '' : ` of ${name}`} rewritten with '${rewritten.join('\n')}'`
    })
  }
)
