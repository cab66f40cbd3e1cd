import { expect, test } from 'vitest'
import { checkConfiguration, type CheckedValues } from '../../../config/stage/check.ts'
import type { Schema } from '../../../config/stage/description.ts'

const schema: Schema = {
  password: { doc: 'The password.', format: 'text', default: null, required: true, sensitive: true }
}

function checked(value: unknown): { values: CheckedValues; problems: string[] } {
  const problems: string[] = []
  const values = checkConfiguration(schema, value, {
    place: path => `correlog.yaml:${path.join('.')}`,
    problem: problem => problems.push(problem),
    secret: (kind, name) => {
      if (name === 'missing') throw new Error('No such file or directory')
      return `${name} of ${kind}`
    }
  })
  return { values, problems }
}

test('a secret comes from the key, a file or the environment', () => {
  expect(checked({ password: 'a' }).values).toEqual({ password: 'a' })
  expect(checked({ passwordFile: 'a' }).values).toEqual({ password: 'a of File' })
  expect(checked({ passwordEnv: 'A' }).values).toEqual({ password: 'A of Env' })
})

test('a secret is never shown', () => {
  expect(checked({ password: 12345 }).problems).toEqual([
    'correlog.yaml:password: wrong value (not shown) for "password"; expected a text that is not empty'
  ])
})

test('a file that cannot be read, and a secret that is given twice, are reported', () => {
  expect(checked({ passwordFile: 'missing' }).problems).toEqual([
    'correlog.yaml:passwordFile: wrong value "missing" for "passwordFile": No such file or directory; expected the path of a file'
  ])
  expect(checked({ password: 'a', passwordEnv: 'A' }).problems).toEqual([
    'correlog.yaml:passwordEnv: "password" is given twice; expected password, passwordFile or passwordEnv'
  ])
})
