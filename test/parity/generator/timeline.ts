import type { World } from './world.ts'

/** Lines of input at seconds where windows and lifetimes begin, end and have just ended. */
export function makeTimeline(world: World): string {
  const { random } = world
  const lines: string[] = []
  let now = world.start
  const count = 12 + random.below(45)
  for (let line = 0; line < count; line++) {
    if (line > 0) now += gap(world)
    if (random.chance(0.05)) lines.push(`@${now}`)
    else if (random.chance(0.03)) lines.push(text(world))
    else lines.push(`@${now}${source(world)} ${text(world)}`)
  }
  lines.push(`@${now + 1 + random.below(40)}`)
  return `${lines.join('\n')}\n`
}

function gap({ random, spans }: World): number {
  const span = random.pick(spans)
  const kind = random.weighted({ none: 2.6, one: 3, few: 2, exact: 1.2, after: 1.2, before: 0.8, long: 0.15 })
  return {
    none: 0,
    one: 1,
    few: 1 + random.below(4),
    exact: span,
    after: span + 1,
    before: span - 1,
    long: 30 + random.below(60)
  }[kind]
}

function source({ random, sources }: World): string {
  return sources.length === 0 || random.chance(0.2) ? '' : `=${random.pick(sources)}`
}

function text({ random, verbs, nouns }: World): string {
  const words = [random.pick(verbs), random.pick(nouns), 1 + random.below(3)]
  return random.chance(0.1)
    ? [...words, random.pick(['ok', 'door', '\t\xff', '7'])].join(' ')
    : words.join(' ')
}
