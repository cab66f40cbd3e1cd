import { contextName } from './conditions.ts'
import { matchVariable, type Scope } from './texts.ts'
import type { World } from './world.ts'

/*
 * Programs write to files of their own, one a place in the rules: what runs at the same time has no order. Those whose
 * output becomes events write all of it at once.
 */

export function makeProgramAction(world: World, scope: Scope): string {
  const { random } = world
  const value = matchVariable(world, scope)
  const file = `p${world.nextTag()}`
  const name = contextName(world, scope.pattern !== undefined)
  return random.pick([
    () => `shellcmd echo %u '${value}' %s >> ${file}`,
    () => `shellcmd (echo ${value} | sed 's/o/0/g' >> ${file}; exit 3)`,
    () => `shellcmd touch ${file}.${random.pick(['%u', 'x'])}`,
    () => `cmdexec touch ${file}.%{u} ${file}-${value}`,
    () => `cmdexec ${random.pick(['true', 'false', 'test a = b'])}`,
    () => `cmdexec cp rules1.sec ${file}*`,
    () => `spawn echo syn spawned ${value}`,
    () => `spawn (printf 'syn one\\nsyn two'; exit 3)`,
    () => `spawn printf 'syn %%s\\nsyn last\\n' '${value}'`,
    () => `cspawn ${random.pick(['FROM', 'A'])} echo syn cspawned %u`,
    () => `cspawn FROM cat rules1.sec | sed -n 's/^type=/syn /p' | head -n 2`,
    () => `spawnexec echo syn exec ${value} *`,
    () => `spawnexec printf syn\\n%%s\\n ${value}`,
    () => `cspawnexec ${random.pick(['FROM', '$1'])} echo syn cexec ${value}`,
    () => `pipe '${value} %u' cat >> ${file}`,
    () => `pipe '(%s;${value})' tr o 0 >> ${file}`,
    () => `pipe '' dd of=${file} status=none`,
    () => `pipeexec '${value}' dd of=${file} oflag=append conv=notrunc status=none`,
    () => `pipeexec '%s' sed -n s/o/${value}/w${file}`,
    () => `report ${name} cat >> ${file}`,
    () => `report ${name} sort | sed 's/^/- /' >> ${file}`,
    () => `reportexec ${name} dd of=${file} oflag=append conv=notrunc status=none`,
    () => `reportexec ${name} sed -n w${file}`
  ])()
}

/** `script` and `shell` (empty: not given) of SingleWithScript. Context names come in hash order, so they are sorted or only looked for. */
export function makeScript(world: World, scope: Scope): [command: string, shell: string] {
  const { random } = world
  const value = matchVariable(world, scope)
  return random.pick<[string, string]>([
    [`grep -q '^A$'`, random.pick(['', 'Yes'])],
    ['grep -q B', 'no'],
    ["sh -c 'exit 3'", ''],
    ['true', random.pick(['', 'no', 'yes'])],
    ['false', random.pick(['', 'No'])],
    [`test ${value} = ${random.pick(world.nouns)}`, 'no'],
    [`sort >> p${world.nextTag()}`, ''],
    ['test -n $0', random.pick(['', 'no'])]
  ])
}
