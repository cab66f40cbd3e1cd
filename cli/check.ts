import { Command } from 'commander'
import { loadTimeZone } from '../adapters/time-zone.ts'
import { loadRules } from '../compose/rules.ts'
import { describeSplit, routerKey } from '../compose/split-key.ts'
import { createStagePerl } from '../compose/stage-perl.ts'
import { toBytes } from '../config/stage/formats.ts'
import { kafkaNotes } from '../config/stage/kafka-notes.ts'
import { parseKey } from '../config/stage/key-types.ts'
import { perlLoader } from '../plugin/perl/source.ts'
import { addSplitOption, addStageOptions, resolveArguments, type StageArguments } from './stage-arguments.ts'
import { writeStandardError } from '../adapters/log/standard-error.ts'

/** `correlog check`: what `correlog run` would say of its configuration and rules, without starting. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary('check a configuration and its rules, without starting')
    .usage('--config <file> [options]')
    .description(
      `Checks a configuration, or what the options say, and the rule files, and says all that is wrong. Nothing is opened but these files. Exit status: 0 if all is right, else 1.`
    )
    .helpOption('--help', 'show help')
  const given = addStageOptions(command)
  const splitBy = addSplitOption(command)
  return command.action(async () => {
    process.exitCode = await check(given(), splitBy())
  })
}

/** Messages of rules above this level are not about what is wrong. */
const WARNING = 3

async function check(given: StageArguments, splitBy: string | undefined): Promise<number> {
  const resolved = await resolveArguments(given)
  const key = splitBy === undefined ? undefined : parseKey(splitBy, `--split-by ${JSON.stringify(splitBy)}`)
  const wrong = [
    ...('problems' in resolved ? resolved.problems : []),
    ...(key !== undefined && 'problems' in key ? key.problems : [])
  ]
  if ('problems' in resolved || wrong.length > 0) {
    for (const problem of wrong) writeStandardError(`${toBytes(problem)}\n`)
    return 1
  }
  const { config, rulePlace } = resolved
  // Its code is compiled and not run; what is run in compiling may print.
  const perl = createStagePerl(config, {
    timeZone: loadTimeZone(process.env.TZ),
    log: (_level, message) => writeStandardError(`${message}\n`),
    print: writeStandardError,
    isOutputTaken: true,
    now: () => Math.floor(Date.now() / 1000)
  })
  const { files, messages, problems, hasFaultyRules } = loadRules(
    config,
    rulePlace,
    [],
    perlLoader(perl?.host)
  )
  perl?.close()
  for (const { level, message } of messages) {
    if (level <= WARNING) writeStandardError(`${level === WARNING ? 'warning: ' : ''}${message}\n`)
  }
  for (const problem of problems) writeStandardError(`${toBytes(problem)}\n`)
  if (problems.length > 0 || hasFaultyRules) return 1
  const split =
    key !== undefined && 'key' in key ? { ...key, withoutKey: 'spread' as const } : routerKey(resolved.config)
  if (split !== undefined) {
    for (const line of describeSplit(files, split.key, split.withoutKey, resolved.config)) {
      process.stdout.write(`${line}\n`, 'latin1')
    }
  }
  for (const note of kafkaNotes(config)) writeStandardError(`${toBytes(note)}\n`)
  const rules = files.reduce((count, file) => count + file.rules.length, 0)
  process.stdout.write(`all is right: ${counted(rules, 'rule')} in ${counted(files.length, 'file')}\n`)
  return 0
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
