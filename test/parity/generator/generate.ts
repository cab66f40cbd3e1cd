import type { ParityCase, ParityOptions, RuleFile } from '../case.ts'
import { Random } from '../rule-files/random.ts'
import { type Field, makeRule } from './rules.ts'
import { makeTimeline } from './timeline.ts'
import { makeWorld, type World } from './world.ts'

const MOST_RULES = 12
/** Between seeds of neighbouring cases, so that they have nothing in common. */
const SEED_STEP = 0x9e3779b1

/** The case with a number, of the run with a seed; always the same one. `perl`: its rules hold Perl code. */
export function generateCase(seed: number, number: number, { perl = false } = {}): ParityCase {
  const random = new Random(Math.imul(seed, 0x85ebca6b) ^ Math.imul(number + 1, SEED_STEP))
  const world = makeWorld(random, perl)
  return { files: makeRuleFiles(world), timeline: makeTimeline(world), options: makeOptions(world) }
}

function makeRuleFiles(world: World): RuleFile[] {
  const { random } = world
  const count = random.pick([1, 1, 1, 2, 2, 3])
  let rules = random.chance(0.05) ? 1 : 2 + random.below(1 + random.below(MOST_RULES - 1))
  return Array.from({ length: count }, (_, index) => {
    const own = index === count - 1 ? Math.max(rules, 1) : 1 + random.below(Math.max(1, Math.ceil(rules / 2)))
    rules -= own
    const sets = Array.from({ length: count - index - 1 }, (__, later) => `S${index + later + 1}`)
    return { name: `rules${index + 1}.sec`, text: makeRuleFile(world, index, own, sets) }
  })
}

function makeRuleFile(world: World, index: number, rules: number, sets: readonly string[]): string {
  const { random } = world
  const blocks: string[] = []
  if (index > 0 && random.chance(0.85)) blocks.push(optionsRule(world, index))
  const labels = Array.from({ length: rules }, (_, place) =>
    random.chance(0.15) ? `label${place}` : undefined
  )
  world.earlier.length = 0
  for (let place = 0; place < rules; place++) {
    const label = labels[place]
    if (label !== undefined) blocks.push(`label=${label}`)
    const later = labels.slice(place + 1).filter(name => name !== undefined)
    const fields = makeRule(world, { sets, labels: later })
    const hasWindow = fields.some(([key]) => key === 'window')
    world.earlier.push(hasWindow ? (fields.find(([key]) => key === 'desc')?.[1] ?? '') : '')
    blocks.push(render(world, fields))
  }
  if (random.chance(0.1)) blocks.splice(random.below(blocks.length), 0, '# a comment\n   # another')
  return `${blocks.join('\n\n')}\n`
}

function optionsRule({ random }: World, index: number): string {
  const lines = ['type=Options', `joincfset=S${index}${random.chance(0.2) ? ' extra' : ''}`]
  if (random.chance(0.75)) lines.push(`procallin=${random.pick(['no', 'No', 'no', 'Yes'])}`)
  return lines.join('\n')
}

function render({ random }: World, fields: readonly Field[]): string {
  const lines = fields.map(([key, value]) => `${key}=${value}`)
  // A value may go on in the next line: the blank before it stands there.
  return lines.map(line => (random.chance(0.04) ? line.replace('; ', '; \\\n  ') : line)).join('\n')
}

function makeOptions(world: World): ParityOptions {
  const { random } = world
  const withContexts = world.internalContexts && random.chance(0.4)
  return {
    timeZone: world.timeZone,
    cleantime: Number(random.weighted({ 0: 6, 1: 4, 3: 0.3 })),
    ...(world.sources.length > 0 && {
      inputs: world.sources.map((source, index) => (withContexts && index === 0 ? `${source}=IN1` : source))
    }),
    ...(random.chance(0.3) && { jointbuf: random.chance(0.6) }),
    ...(random.chance(0.2) && { bufsize: world.mostLines + random.below(3) }),
    ...(random.chance(0.25) && { intevents: true }),
    ...(world.internalContexts && { intcontexts: true }),
    ...(world.programs && { runPrograms: true })
  }
}
