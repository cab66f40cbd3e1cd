#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// An expression that backtracks without end is then finished by V8's linear engine. It protects only expressions
// that were not executed before it was set, so everything else is loaded after it.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')

const { runCommand } = await import('./command.ts')
const [, program = 'correlog', ...args] = process.argv
process.exit(await runCommand(program, args))
