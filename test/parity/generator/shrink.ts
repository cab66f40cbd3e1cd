import type { ParityCase, ParityOptions, RuleFile } from '../case.ts'

/**
 * The smallest case that can be reached from one by leaving things out, one after the other, while `fails` says that
 * it still fails: files, rules, lines of input, fields, actions, options.
 */
export async function shrink(
  parityCase: ParityCase,
  fails: (smaller: ParityCase) => Promise<boolean>
): Promise<ParityCase> {
  let best = parityCase
  for (let progress = true; progress; ) {
    progress = false
    for (const reduce of [halves, files, blocks, lines, fields, actions, options]) {
      for (let at = 0; ; ) {
        const candidates = reduce(best)
        const smaller = candidates[at]
        if (smaller === undefined) break
        if (await fails(smaller)) {
          best = smaller
          progress = true
        } else at++
      }
    }
  }
  return best
}

function timelineLines({ timeline }: ParityCase): string[] {
  return timeline.split('\n').filter(line => line !== '')
}

function halves(parityCase: ParityCase): ParityCase[] {
  const all = timelineLines(parityCase)
  const middle = Math.floor(all.length / 2)
  const parts = all.length > 3 ? [all.slice(0, middle), all.slice(middle)] : []
  return parts.map(part => ({ ...parityCase, timeline: `${part.join('\n')}\n` }))
}

function files(parityCase: ParityCase): ParityCase[] {
  const all = parityCase.files
  return all.length === 1
    ? []
    : all.map(file => ({ ...parityCase, files: all.filter(other => other !== file) }))
}

function blocks(parityCase: ParityCase): ParityCase[] {
  return parityCase.files.flatMap(file =>
    without(file.text.trim().split('\n\n')).map(rest => withFile(parityCase, file, `${rest.join('\n\n')}\n`))
  )
}

function lines(parityCase: ParityCase): ParityCase[] {
  return without(timelineLines(parityCase)).map(rest => ({ ...parityCase, timeline: `${rest.join('\n')}\n` }))
}

function fields(parityCase: ParityCase): ParityCase[] {
  return parityCase.files.flatMap(file =>
    without(file.text.replaceAll('\\\n', '').split('\n')).map(rest =>
      withFile(parityCase, file, rest.join('\n'))
    )
  )
}

/** Action lists without one of their actions, and operands of expressions: cut at separators, sound or not. */
function actions(parityCase: ParityCase): ParityCase[] {
  return parityCase.files.flatMap(file => {
    const all = file.text.split('\n')
    return all.flatMap((line, index) => {
      const [, key = '', value = ''] = /^(\w+=)(.*)$/.exec(line) ?? []
      const separator = key.startsWith('context') ? / (?:&&|\|\|) / : /; /
      return without(value.split(separator)).map(rest => {
        const shorter = `${key}${rest.join(key.startsWith('context') ? ' && ' : '; ')}`
        return withFile(parityCase, file, all.with(index, shorter).join('\n'))
      })
    })
  })
}

/** What lets programs run, and names the sources of lines, belongs to the case. */
function options(parityCase: ParityCase): ParityCase[] {
  const names = Object.keys(parityCase.options).filter(name => name !== 'runPrograms' && name !== 'inputs')
  return names.map(name => {
    const rest = Object.entries(parityCase.options).filter(([other]) => other !== name)
    return { ...parityCase, options: Object.fromEntries(rest) as ParityOptions }
  })
}

function without<T>(list: readonly T[]): T[][] {
  return list.length < 2 ? [] : list.map((_, left) => list.filter((__, index) => index !== left))
}

function withFile(parityCase: ParityCase, file: RuleFile, text: string): ParityCase {
  return { ...parityCase, files: parityCase.files.map(other => (other === file ? { ...file, text } : other)) }
}
