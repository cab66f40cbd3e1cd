import { contextName } from './conditions.ts'
import { eventValue, matchVariable, type Scope } from './texts.ts'
import type { World } from './world.ts'

/*
 * Programs write to files of their own, one a place in the rules: what runs at the same time has no order. Those whose
 * output becomes events write all of it at once.
 */

export function makeProgramAction(world: World, scope: Scope): string {
  const { random } = world
  const value = matchVariable(world, scope)
  const word = eventValue(world)
  const file = `p${world.nextTag()}`
  const name = contextName(world, scope.pattern !== undefined)
  const forms: Readonly<Record<string, readonly string[]>> = {
    shellcmd: [
      `echo %u '${value}' >> ${file}`,
      `(echo ${word} | sed 's/o/0/g' >> ${file}; exit 3)`,
      `touch ${file}.${random.pick(['%u', 'x'])}`
    ],
    cmdexec: [
      `touch ${file}.%{u} ${file}-${value}`,
      random.pick(['true', 'false', 'test a = b']),
      `cp rules1.sec ${file}*`
    ],
    spawn: [
      `echo syn spawned ${word}`,
      `(printf 'syn one\\nsyn two'; exit 3)`,
      `printf 'syn %%s\\nsyn last\\n' '${word}'`
    ],
    cspawn: [
      `${random.pick(['FROM', 'A'])} echo syn cspawned %u`,
      `FROM cat rules1.sec | sed -n 's/^type=/syn /p' | head -n 2`
    ],
    spawnexec: [`echo syn exec ${word} *`, `printf syn\\n%%s\\n ${word}`],
    cspawnexec: [`${random.pick(['FROM', '$1'])} echo syn cexec ${word}`],
    pipe: [
      `'${value} %u' cat >> ${file}`,
      `'(%s;${value})' tr o 0 | cat >> ${file}`,
      `'' dd of=${file} status=none`
    ],
    pipeexec: [
      `'${value}' dd of=${file} oflag=append conv=notrunc status=none`,
      `'%s' sed -n s/o/${word}/w${file}`
    ],
    report: [`${name} cat >> ${file}`, `${name} sort | sed 's/^/- /' >> ${file}`],
    reportexec: [`${name} dd of=${file} oflag=append conv=notrunc status=none`, `${name} sed -n w${file}`]
  }
  const action = random.pick(Object.keys(forms))
  return `${action} ${random.pick(forms[action] ?? [])}`
}

/** `script` and `shell` (empty: not given) of SingleWithScript. Context names come in hash order, so they are sorted or only looked for. */
export function makeScript(world: World): [command: string, shell: string] {
  const { random } = world
  const value = eventValue(world)
  return random.pick<[string, string]>([
    [`grep -q '^A$'`, random.pick(['', 'Yes'])],
    ['grep -q B', 'no'],
    ["sh -c 'exit 3'", ''],
    ['true', random.pick(['', 'no', 'yes'])],
    ['false', random.pick(['', 'No'])],
    [`test ${value} = ${random.pick(world.nouns)}`, 'no'],
    [`sort >> p${world.nextTag()}`, ''],
    [`test x = x${value}`, random.pick(['', 'no'])]
  ])
}
