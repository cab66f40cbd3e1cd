import type { Statement } from './ast.ts'
import { list, plain, scalar } from './evaluate.ts'
import { type Frame, giveUp, isTrue, OwnHash, textOf } from './frame.ts'

/** Runs a statement; true: the function has returned. */
type Executor = (frame: Frame) => boolean

/** Turns of loops in one call, before it is Perl's, where there is a limit of time. */
const MOST_TURNS = 10_000

/** The body of a function, in list context or in scalar context. Without a `return` it gives up at its end. */
export function body(statements: readonly Statement[], isList: boolean): Executor {
  return block(statements, isList, false)
}

/** `isScope`: what matched in it is not known behind it. */
function block(statements: readonly Statement[], isList: boolean, isScope = true): Executor {
  const executors = statements.map(statement => executor(statement, isList))
  return frame => {
    const { captures } = frame
    for (const execute of executors) if (execute(frame)) return true
    if (isScope && frame.captures !== captures) frame.captures = undefined
    return false
  }
}

function executor(statement: Statement, isList: boolean): Executor {
  switch (statement.type) {
    case 'assign': {
      const { variable } = statement
      const value = scalar(statement.value)
      return frame => {
        frame.values[variable] = value(frame)
        frame.positions[variable] = undefined
        return false
      }
    }
    case 'clear':
      return frame => {
        for (const { sigil, variable } of statement.variables) {
          if (sigil === '%') frame.hashes[variable] = new OwnHash()
          else frame.values[variable] = undefined
          frame.positions[variable] = undefined
        }
        return false
      }
    case 'assignElement': {
      const { variable } = statement
      const [key, value] = [scalar(statement.key), scalar(statement.value)]
      return frame => {
        const given = plain(value(frame))
        ;(frame.hashes[variable] ?? giveUp()).values.set(textOf(key(frame)), given)
        return false
      }
    }
    case 'return':
      return returning(statement.value, isList)
    case 'value':
      if (statement.isLast) return returning(statement.value, isList)
      return evaluated(statement.value)
    case 'if':
      return choosing(statement, isList)
    case 'while': {
      const test = scalar(statement.test)
      const run = block(statement.body, isList)
      return frame => {
        const { captures } = frame
        while (isTrue(test(frame))) {
          if (++frame.turns > MOST_TURNS) giveUp()
          if (run(frame)) return true
        }
        if (frame.captures !== captures) frame.captures = undefined
        return false
      }
    }
  }
}

function returning(value: Extract<Statement, { type: 'return' }>['value'], isList: boolean): Executor {
  if (isList) {
    const values = list(value)
    return frame => {
      frame.result = values(frame)
      return true
    }
  }
  const one = scalar(value)
  return frame => {
    frame.result = [one(frame)]
    return true
  }
}

function evaluated(value: Extract<Statement, { type: 'value' }>['value']): Executor {
  const evaluate = scalar(value)
  return frame => {
    evaluate(frame)
    return false
  }
}

function choosing({ branches, otherwise }: Extract<Statement, { type: 'if' }>, isList: boolean): Executor {
  const ways = branches.map(({ test, body: statements }) => ({
    test: scalar(test),
    run: block(statements, isList)
  }))
  const rest = otherwise === undefined ? undefined : block(otherwise, isList)
  return frame => {
    let captures = frame.captures
    for (const [index, { test, run }] of ways.entries()) {
      const isChosen = isTrue(test(frame))
      // The first condition stands in the block around, the others do not.
      if (index === 0) captures = frame.captures
      if (!isChosen) continue
      if (run(frame)) return true
      if (frame.captures !== captures) frame.captures = undefined
      return false
    }
    if (rest?.(frame) === true) return true
    if (frame.captures !== captures) frame.captures = undefined
    return false
  }
}
