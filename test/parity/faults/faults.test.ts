import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../sec/find.ts'
import { FAULTS } from './faults.ts'
import { plant } from './plant.ts'

it.each(FAULTS)('the engine still has a place for the fault: $name', fault => {
  const text = readFileSync(join(projectRoot, fault.file), 'utf8')
  expect(plant(fault, text)).not.toBe(text)
})
