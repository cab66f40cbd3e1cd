import { contextName } from './conditions.ts'
import { perlAction } from './perl.ts'
import { makeProgramAction } from './programs.ts'
import { eventValue, makeText, matchVariable, type Scope } from './texts.ts'
import { ENTRIES, OPERATION_NAMES, VARIABLES, type World } from './world.ts'

/** A whole action list, almost always one that writes something. */
export function makeActionList(world: World, scope: Scope, depth = 0): string {
  const { random } = world
  const actions = random.times(0, depth === 0 ? 3 : 2, () => makeAction(world, scope, depth))
  if (depth === 0 || random.chance(0.7))
    actions.splice(random.below(actions.length + 1), 0, makeWrite(world, scope))
  if (actions.length === 0) actions.push('none')
  return actions.join('; ')
}

export function makeWrite(world: World, scope: Scope): string {
  return `write - ${world.nextTag()}: ${makeText(world, scope)}`
}

function makeAction(world: World, scope: Scope, depth: number): string {
  const { random } = world
  if (world.perl && random.chance(0.35)) return perlAction(world, scope)
  const kinds = {
    output: 3,
    context: 9,
    store: 8,
    contextInfo: 6,
    operation: 6,
    variable: 5,
    control: depth < 2 ? 3.5 : 0.5,
    rewrite: 0.8,
    event: scope.strict ? 5 : 0,
    program: scope.strict && world.programs ? 9 : 0
  }
  switch (random.weighted(kinds)) {
    case 'output':
      return outputAction(world, scope)
    case 'context':
      return contextAction(world, scope, depth)
    case 'store':
      return storeAction(world, scope)
    case 'contextInfo':
      return `${infoAction(world, scope)}; ${makeVariableWrite(world)}`
    case 'operation':
      return operationAction(world)
    case 'variable':
      return variableAction(world, scope)
    case 'control':
      return controlAction(world, scope, depth)
    case 'rewrite':
      return `rewrite ${random.below(4)} ${random.pick(['rw $0', 'rw a%.nlrw b', 'rw %u', 'rw'])}`
    case 'event':
      return eventAction(world)
    case 'program':
      return makeProgramAction(world, scope)
  }
}

function makeVariableWrite(world: World): string {
  return `write - ${world.nextTag()}: [%a][%b][%c]`
}

function outputAction(world: World, scope: Scope): string {
  const { random } = world
  const text = makeText(world, scope)
  const file = random.pick(['f1', 'f2'])
  return random.pick([
    () => makeWrite(world, scope),
    () => `writen - ${text}`,
    () => `writen - ${world.nextTag()}; write -`,
    () => `write ${file} ${text}`,
    () => `writen ${file} ${text}`,
    () => `closef ${file}`,
    () => `owritecl ${file} ${text}%.nl`,
    () => `pipe '${makePipeText(world, scope)}'`,
    () => `pipeexec '${makePipeText(world, scope)}'`,
    () => `report ${contextName(world, scope.pattern !== undefined)}`,
    () => `reportexec ${contextName(world, scope.pattern !== undefined)}`,
    () => 'logonly',
    () => `logonly ${text}`,
    () => 'none'
  ])()
}

function makePipeText(world: World, scope: Scope): string {
  return world.random.pick(['', '%s', `${world.nextTag()} ${matchVariable(world, scope)}`])
}

function contextAction(world: World, scope: Scope, depth: number): string {
  const { random } = world
  const name = contextName(world, scope.pattern !== undefined)
  const life = random.chance(0.5) ? random.pick(world.spans) : 1 + random.below(25)
  const list = depth < 2 && random.chance(0.28) ? ` (${makeExpiryList(world, scope, depth)})` : ''
  return random.pick([
    () => `create ${name} ${life}${list}`,
    () => `create ${name} ${life}${list}`,
    () => `create ${name} ${life}${list}`,
    () => `create ${name}`,
    () => `create`,
    () => `delete ${name}`,
    () => `obsolete ${name}`,
    () => obsoletion(world, scope, depth),
    () => `set ${name} ${random.pick([life, life, 0, '-'])}${list}`,
    () => `alias ${name} ${contextName(world, scope.pattern !== undefined)}`,
    () => `unalias ${contextName(world, scope.pattern !== undefined)}`,
    () => `setltime ${name} ${random.pick([life, 0, ''])}`,
    () => `setctime ${random.pick(['%u', '%u', '%c'])} ${name}`
  ])()
}

/** A context that lives until a rule obsoletes it, this one or another, perhaps by its second name. */
function obsoletion(world: World, scope: Scope, depth: number): string {
  const { random } = world
  const name = contextName(world, scope.pattern !== undefined)
  if (depth === 2) return `obsolete ${name}`
  const create = `create ${name} ${random.pick([0, 60])} (${makeExpiryList(world, scope, depth)})`
  const other = contextName(world, scope.pattern !== undefined)
  return random.pick([
    () => create,
    () => create,
    () => `${create}; ${makeWrite(world, scope)}; obsolete ${name}`,
    () => `${create}; alias ${name} ${other}; obsolete ${other}`
  ])()
}

/** Without events and programs unless strict, and mostly with something to see. */
function makeExpiryList(world: World, scope: Scope, depth: number): string {
  const { random } = world
  const own = [
    `report _THIS`,
    `getsize %a _THIS; ${makeVariableWrite(world)}`,
    `getaliases %b _THIS`,
    `add A from expiry`
  ]
  return random.chance(0.3)
    ? `${random.pick(own)}; ${makeWrite(world, scope)}`
    : makeActionList(world, scope, depth + 1)
}

function storeAction(world: World, scope: Scope): string {
  const { random } = world
  const name = contextName(world, scope.pattern !== undefined)
  const text = makeText(world, scope)
  const variable = `%${random.pick(VARIABLES)}`
  const write = makeVariableWrite(world)
  const moment = random.pick([
    `-${random.pick(world.spans)}`,
    `+${random.pick(world.spans)}`,
    '%u',
    '-0',
    '%c'
  ])
  return random.pick([
    () => `add ${name} ${text}`,
    () => `add ${name} ${text}`,
    () => `add ${name} ${text}%.nl%u`,
    () => `add ${name}`,
    () => `prepend ${name} ${text}%.nl%u`,
    () => `prepend ${name} ${text}`,
    () => `fill ${name} ${text}`,
    () => `copy ${name} ${variable}; ${write}`,
    () => `empty ${name} ${variable}; ${write}`,
    () => `empty ${name}`,
    () => `pop ${name} ${variable}; ${write}`,
    () => `shift ${name} ${variable}; ${write}`,
    () => `trim ${moment} ${name} ${variable}; ${write}`,
    () => `trim ${moment} ${name}; getsize ${variable} ${name}; ${write}`,
    () => `report ${name}`
  ])()
}

function infoAction(world: World, scope: Scope): string {
  const { random } = world
  const name = contextName(world, scope.pattern !== undefined)
  const action = random.pick(['exists', 'exists', 'getsize', 'getltime', 'getctime', 'getaliases', 'varset'])
  return `${action} %${random.pick(VARIABLES)} ${action === 'varset' ? random.pick(ENTRIES) : name}`
}

function operationAction(world: World): string {
  const { random } = world
  const target = operation(world)
  const [offset] = target.split(' ')
  const variable = random.pick(VARIABLES)
  return random.pick([
    () => `reset ${target}`,
    () => `reset${target.slice(offset?.length)}`,
    () => `getwpos %${variable} ${target}; ${makeVariableWrite(world)}`,
    () => `setwpos %u ${target}`,
    () => `setwpos %u ${target}`,
    () => `setwpos ${random.pick(['%u', '%u', `%${variable}`])} ${target}`,
    () =>
      `getwpos %${variable} ${target}; trim %${variable} ${random.pick(['A', 'B'])} %b; ${makeVariableWrite(world)}`
  ])()
}

/** A rule's offset and the name of an operation, more often than not one that a rule before may have started. */
function operation({ random, earlier }: World): string {
  const started = earlier.map((name, rule) => [name, earlier.length - rule]).filter(([name]) => name !== '')
  if (started.length > 0 && random.chance(0.65)) {
    const [name, back] = random.pick(started)
    return `-${back} ${name}`
  }
  const offset = random.pick(['0', '0', '1', '2', '+1', '-1', '+2', '-2', '3'])
  return random.chance(0.7) ? `${offset} ${random.pick(OPERATION_NAMES)}` : offset
}

/** No text holds a variable twice, or it would double each time. */
function variableAction(world: World, scope: Scope): string {
  const { random } = world
  const variable = random.pick(VARIABLES)
  const value = matchVariable(world, scope)
  return random.pick([
    () => `assign %${variable} ${value}${random.pick([' ', ''])}%${random.pick(VARIABLES)}`,
    () => `assign %${variable} %.hmsstr ${value}`,
    () => `assign %${variable} ${random.below(2)}`,
    () => `assign %${variable}`,
    () => `assignsq %${variable} ${value} %u`,
    () => `assignsq %${variable}; ${makeVariableWrite(world)}`,
    () => `free %${variable}`
  ])()
}

function controlAction(world: World, scope: Scope, depth: number): string {
  const { random } = world
  const variable = `%${random.pick(VARIABLES)}`
  const list = (): string => makeActionList(world, scope, depth + 1)
  const leave = random.pick(['break', 'continue'])
  const once = `w${world.nextTag()}`
  return random.pick([
    () => `if ${variable} (${list()})`,
    () => `if ${variable} (${list()}) else (${list()})`,
    () => `exists ${variable} ${contextName(world, false)}; if ${variable} (${leave}) else (${list()})`,
    () => `if ${variable} (${leave}; ${makeWrite(world, scope)})`,
    () => leave,
    () => drainingLoop(world, scope),
    () => drainingLoop(world, scope),
    () => `assign %${once} 1; while %${once} ( free %${once}; ${list()} )`,
    () => `assign %${once} 1; while %${once} ( ${makeWrite(world, scope)}; break; none )`
  ])()
}

/** Takes strings from a store until it is empty; the body may leave the round or the loop, but adds nothing. */
function drainingLoop(world: World, scope: Scope): string {
  const { random } = world
  const name = contextName(world, false)
  const take = random.pick(['shift', 'pop'])
  const body = random.pick([
    makeWrite(world, scope),
    `if %b (continue); ${makeWrite(world, scope)}`,
    `if %b (none) else (break); write - ${world.nextTag()}: %e`,
    `write - ${world.nextTag()}: %e`
  ])
  return `getsize %n ${name}; while %n ( ${take} ${name} %e; getsize %n ${name}; ${body} )`
}

function eventAction(world: World): string {
  const { random } = world
  const text = `syn ${random.pick(['made', 'late', '%u'])} ${eventValue(world)}`
  const delay = random.pick([0, ...world.spans])
  return random.pick([
    () => `event ${text}`,
    () => `event ${text}; event syn next %u`,
    () => `event ${delay} ${text}`,
    () => `event ${delay} syn x%.nlsyn y`,
    () => `tevent ${delay} ${text}`,
    () => `assign %a ${delay}; tevent %a ${text}`,
    () => `cevent ${random.pick(['FROM', 'A'])} ${delay} ${text}`
  ])()
}
