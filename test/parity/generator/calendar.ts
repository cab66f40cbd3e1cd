import { civilTime } from './civil-time.ts'
import type { World } from './world.ts'

/** A `time` field that matches in the case's own minutes, more often than not. */
export function makeCalendarTime(world: World): string {
  const { random } = world
  const local = civilTime(world.timeZone, world.start + 60 * random.below(4))
  const minutes = around(world, local.minute, 0, 59)
  const hours = random.chance(0.5) ? '*' : around(world, local.hour, 0, 23)
  const days = random.weighted({ any: 6, number: 2, range: 1, last: 0.4 })
  const day = {
    any: '*',
    number: String(local.day),
    range: around(world, local.day, 0, 31),
    last: '0,1-31/2'
  }[days]
  const month = random.chance(0.7) ? '*' : around(world, local.month, 1, 12)
  const weekday = random.chance(0.6)
    ? '*'
    : around(world, local.weekday === 0 ? random.pick([0, 7]) : local.weekday, 0, 7)
  const year = random.chance(0.8) ? '' : ` ${random.pick(['*', around(world, local.year % 100, 0, 99)])}`
  return `${minutes} ${hours} ${day} ${month} ${weekday}${year}`
}

/** A condition that mostly holds for a value. */
function around(world: World, value: number, least: number, most: number): string {
  const { random } = world
  const low = Math.max(least, value - random.below(3))
  const high = Math.min(most, value + random.below(3))
  return random.pick([
    '*',
    String(value),
    `${low}-${high}`,
    `*/${1 + random.below(3)}`,
    `${low}-${high}/2`,
    `${least},${value}`,
    `${low}-${high},${most}`
  ])
}
