import { raiseInstead } from '../alerts/raise.ts'
import { type Core, debug } from '../core.ts'
import type { RunEffect } from '../host.ts'
import { DEFAULT_EVENT_CONTEXT } from '../synthetic-events.ts'
import { readableContext } from './find-context.ts'
import type { ActionScope } from './scope.ts'
import {
  commandLine,
  commandWords,
  contextName,
  optionalText,
  optionalWords,
  takeMatch,
  valueOf
} from './parameters.ts'
import { action, NO_MATCH, type Parameter } from './syntax.ts'

/** `'text'`, single quotes and all; `%s` if there is nothing between them. */
const quotedText: Parameter<string> = {
  form: name => `'[<${name}>]'`,
  take: source => takeMatch(source, /^'([^']*)'(?:$|[ \t\n\r\f\v]+)/) ?? NO_MATCH,
  read: text => valueOf(text) || '%s'
}

export const shellcmd = action('shellcmd', { command: commandLine }, ({ command }, scope) => {
  const line = scope.shellCommand(command)
  if (raiseInstead('shellcmd', { action: 'shellcmd', body: line, command: line }, scope)) return
  if (!mayRun('shellcmd', scope)) return
  inform(scope.core, `Executing shell command '${line}'`)
  run({ command: line, origin: 'shellcmd' }, scope)
})

export const cmdexec = action('cmdexec', { command: commandWords }, ({ command }, scope) => {
  const words = substituteWords(command, scope)
  const line = words.join(' ')
  if (raiseInstead('shellcmd', { action: 'cmdexec', body: line, command: line }, scope)) return
  if (!mayRun('cmdexec', scope)) return
  inform(scope.core, `Executing command '${line}'`)
  run({ command: words, origin: 'cmdexec' }, scope)
})

export const spawn = action('spawn', { command: commandLine }, ({ command }, scope) => {
  spawnProgram(scope.shellCommand(command), DEFAULT_EVENT_CONTEXT, 'spawn', scope)
})

export const cspawn = action(
  'cspawn',
  { context: contextName, command: commandLine },
  ({ context, command }, scope) => {
    const name = scope.text(context)
    spawnProgram(scope.shellCommand(command), name, 'cspawn', scope)
  }
)

export const spawnexec = action('spawnexec', { command: commandWords }, ({ command }, scope) => {
  spawnProgram(substituteWords(command, scope), DEFAULT_EVENT_CONTEXT, 'spawnexec', scope)
})

export const cspawnexec = action(
  'cspawnexec',
  { context: contextName, command: commandWords },
  ({ context, command }, scope) => {
    const name = scope.text(context)
    spawnProgram(substituteWords(command, scope), name, 'cspawnexec', scope)
  }
)

export const pipe = action(
  'pipe',
  { text: quotedText, command: optionalText },
  ({ text, command }, scope) => {
    const data = scope.text(text)
    const line = command === undefined ? undefined : scope.text(command)
    if (raiseInstead('pipe', { action: 'pipe', body: data, command: line }, scope)) return
    if (line !== undefined && !mayRun('pipe', scope)) return
    inform(scope.core, `Feeding event '${data}' to shell command '${line ?? ''}'`)
    feed(line, `${data}\n`, 'pipe', scope)
  }
)

export const pipeexec = action(
  'pipeexec',
  { text: quotedText, command: optionalWords },
  ({ text, command }, scope) => {
    const data = scope.text(text)
    const words = command === undefined ? undefined : substituteWords(command, scope)
    const line = words?.join(' ')
    if (raiseInstead('pipe', { action: 'pipeexec', body: data, command: line }, scope)) return
    if (words !== undefined && !mayRun('pipeexec', scope)) return
    inform(scope.core, `Feeding event '${data}' to command '${line ?? ''}'`)
    feed(words, `${data}\n`, 'pipeexec', scope)
  }
)

export const report = action(
  'report',
  { name: contextName, command: optionalText },
  ({ name, command }, scope) => {
    const context = scope.text(name)
    const line = command === undefined ? undefined : scope.text(command)
    inform(
      scope.core,
      `Reporting the event store of context '${context}' through shell command '${line ?? ''}'`
    )
    reportTo(line, context, 'report', scope)
  }
)

export const reportexec = action(
  'reportexec',
  { name: contextName, command: optionalWords },
  ({ name, command }, scope) => {
    const context = scope.text(name)
    const words = command === undefined ? undefined : substituteWords(command, scope)
    inform(
      scope.core,
      `Reporting the event store of context '${context}' through command '${words?.join(' ') ?? ''}'`
    )
    reportTo(words, context, 'reportexec', scope)
  }
)

type Command = RunEffect['command']

function spawnProgram(command: Command, context: string, origin: string, scope: ActionScope): void {
  const { core } = scope
  if (!mayRun(origin, scope)) return
  const shown = typeof command === 'string' ? `shell command '${command}'` : `command '${command.join(' ')}'`
  inform(core, `Spawning ${shown}${context === DEFAULT_EVENT_CONTEXT ? '' : ` with context '${context}'`}`)
  const child = core.nextChild()
  core.scripts.readEvents(child, context)
  core.host.effect({ type: 'run', child, command, output: 'events', origin })
}

function reportTo(
  command: Command | undefined,
  name: string,
  origin: 'report' | 'reportexec',
  scope: ActionScope
): void {
  const { core } = scope
  const context = readableContext(name, scope)
  if (context === undefined) {
    core.host.log(3, `Context '${name}' does not exist, can't report`)
    return
  }
  if (context.events.length === 0) {
    debug(core, () => `Event store of context '${name}' is empty, nothing to report`)
    return
  }
  const lines = context.events.items.map(event => event.text)
  const line = typeof command === 'object' ? command.join(' ') : command
  if (raiseInstead('report', { action: origin, body: lines.join('\n'), command: line }, scope)) return
  if (command !== undefined && !mayRun(origin, scope)) return
  feed(command, lines.map(text => `${text}\n`).join(''), origin, scope)
}

/** Gives `data` to a program's standard input, or to standard output where there is no program. */
function feed(command: Command | undefined, data: string, origin: string, scope: ActionScope): void {
  if (command === undefined) scope.core.host.effect({ type: 'write', path: '-', data })
  else run({ command, input: data, origin }, scope)
}

/** To be asked before it is said that a program is run. */
function mayRun(origin: string, { core, rule }: ActionScope): boolean {
  return core.mayRunProgram(rule, origin)
}

/** Who calls it has asked `mayRun`. */
function run(program: Pick<RunEffect, 'command' | 'input' | 'origin'>, { core }: ActionScope): void {
  core.host.effect({ type: 'run', child: core.nextChild(), output: 'inherit', ...program })
}

function substituteWords(words: readonly string[], scope: ActionScope): string[] {
  return words.map(text => scope.text(text))
}

function inform(core: Core, message: string): void {
  if (core.host.logLevel >= 5) core.host.log(5, message)
}
