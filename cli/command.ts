import { basename } from 'node:path'
import { Command, CommanderError } from 'commander'
import { version } from './version.ts'

/** Names that SEC is started by; a symbolic link of such a name to `correlog` takes SEC's options. */
const secNames: readonly string[] = ['sec', 'sec.pl']

/** Runs `correlog` as it was called; yields the exit status. `program` is the path it was started by. */
export async function runCommand(program: string, args: readonly string[]): Promise<number> {
  const name = basename(program)
  if (secNames.includes(name)) return runSecCommand(args, name)
  // SEC's options are Getopt::Long's, not commander's: they are left alone.
  if (args[0] === 'sec') return runSecCommand(args.slice(1), 'correlog sec')
  try {
    await (await createCommand()).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
  return Number(process.exitCode ?? 0)
}

async function runSecCommand(args: readonly string[], name: string): Promise<number> {
  const { runSec } = await import('./sec.ts')
  return runSec(args, name)
}

async function createCommand(): Promise<Command> {
  const { replayCommand } = await import('./replay.ts')
  const { routeCommand, runCommand: stageCommand } = await import('./run.ts')
  const { checkCommand } = await import('./check.ts')
  const { secHelp } = await import('../config/sec-help.ts')
  const command = new Command('correlog')
    .description('Correlates log events by the rules of SEC, the Simple Event Correlator.')
    .version(`correlog ${version}`, '--version', 'show the version')
    .helpOption('--help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .addHelpText('after', '\nStarted by the name sec or sec.pl (a symbolic link), it is `correlog sec`.')
  command.addCommand(stageCommand())
  command.addCommand(checkCommand())
  command.addCommand(routeCommand())
  command.addCommand(secSummary(secHelp('correlog sec')))
  command.addCommand(replayCommand())
  for (const each of [command, ...command.commands]) each.exitOverride()
  return command
}

/** For the list of commands and `correlog help sec`: `correlog sec` itself never comes here. */
function secSummary(help: string): Command {
  const command = new Command('sec')
    .summary("run rules over files, FIFOs and standard input, with SEC's command line")
    .usage('[options]')
    .helpOption(false)
  command.helpInformation = () => help
  return command
}
