import { isUtf8 } from 'node:buffer'
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { closeSync, fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { RunEffect } from '../../plugin/host.ts'
import { type Execution, escapeBytes, mergeByShell, parseCommand, shell } from './command-line.ts'
import { programInput } from './program-input.ts'

/** A program that was started. */
export interface StartedProgram {
  readonly process: ChildProcess
  readonly pid: number
}

export interface StartOptions {
  /** What it prints goes to standard error. */
  readonly isOutputTaken: boolean
  /** Hears that the program could not be executed, where a process for it could be made. */
  readonly onExecFailure: (file: string, error: unknown) => void
  /** Hears that no process could be made: the program does not run, and no exit comes. */
  readonly onForkFailure: (error: unknown) => void
}

type Stdio = Exclude<StdioOptions, string>

const STDIN = 0
const STDOUT = 1
const STDERR = 2

/**
 * Starts a program. One that can't be executed counts as started and ends with exit code 1, as in SEC, where a process
 * was there before the program. Undefined: no process could be made.
 */
export function startProgram(effect: RunEffect, options: StartOptions): StartedProgram | undefined {
  const execution = parseCommand(effect.command)
  const started = execution === undefined ? undefined : startWithInput(execution, effect, options)
  // A process that stands for the one that SEC would have made: it has a number and an exit.
  return started ?? start(shell('exit 1'), ['ignore', 'ignore', 'ignore'], options.onForkFailure)
}

function startWithInput(
  execution: Execution,
  { input, output }: RunEffect,
  { onExecFailure, isOutputTaken }: StartOptions
): StartedProgram | undefined {
  const file = input === undefined ? undefined : programInput(input)
  const stdin = file ?? (input === undefined ? inheritedInput() : 'pipe')
  const shared = isOutputTaken ? STDERR : STDOUT
  const stdout = output === 'events' ? 'pipe' : shared
  const merged = execution.mergesErrors && stdout === 'pipe' ? mergeByShell(execution) : execution
  const started = start(merged, [stdin, stdout, merged.mergesErrors ? shared : STDERR], error =>
    onExecFailure(execution.file, error)
  )
  if (file !== undefined) closeSync(file)
  // It may end before it has read all.
  started?.process.stdin?.on('error', () => {}).end(Buffer.from(input ?? '', 'latin1'))
  return started
}

/** `onFailure` may be called later. */
function start(
  execution: Execution,
  stdio: Stdio,
  onFailure: (error: unknown) => void
): StartedProgram | undefined {
  const isText = [execution.file, ...execution.args].every(word => isUtf8(Buffer.from(word, 'latin1')))
  const { file, argv0, args } = isText ? execution : escapeBytes(execution)
  try {
    const process = spawn(asText(file), args.map(asText), { stdio, argv0 })
    process.on('error', onFailure)
    const { pid } = process
    return pid === undefined ? undefined : { process, pid }
  } catch (error) {
    onFailure(error)
    return undefined
  }
}

/** The character string that node encodes as these bytes. */
function asText(word: string): string {
  return Buffer.from(word, 'latin1').toString('utf8')
}

/**
 * Programs share standard input as in SEC, but no pipe: starting one would make our own end of it wait, and the
 * program would take lines away from the rules.
 */
function inheritedInput(): 'ignore' | number {
  try {
    return isatty(STDIN) || fstatSync(STDIN).isFile() ? STDIN : 'ignore'
  } catch {
    return 'ignore'
  }
}
