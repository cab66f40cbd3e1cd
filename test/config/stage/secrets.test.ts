import { expect, test } from 'vitest'
import { checkConfiguration, type CheckedValues } from '../../../config/stage/check.ts'
import type { Schema } from '../../../config/stage/description.ts'
import { resolveConfiguration } from '../../../config/stage/resolve.ts'
import { parseYamlFile } from '../../../config/stage/yaml-file.ts'

const schema: Schema = {
  password: { doc: 'The password.', format: 'text', default: null, required: true, sensitive: true }
}

function checked(value: unknown): { values: CheckedValues; problems: string[] } {
  const problems: string[] = []
  const values = checkConfiguration(schema, value, {
    place: path => `correlog.yaml:${path.join('.')}`,
    problem: problem => problems.push(problem),
    secret: (kind, name) => {
      if (name === 'empty') return ''
      if (name === 'missing') throw new Error('No such file or directory')
      return name === 'empty' ? '' : `${name} of ${kind}`
    }
  })
  return { values, problems }
}

test('a secret comes from the key, a file or the environment', () => {
  expect(checked({ password: 'a' }).values).toEqual({ password: 'a' })
  expect(checked({ passwordFile: 'a' }).values).toEqual({ password: 'a of File' })
  expect(checked({ passwordEnv: 'A' }).values).toEqual({ password: 'A of Env' })
})

test('a file that holds nothing is no secret', () => {
  expect(checked({ passwordFile: 'empty' }).problems).toEqual([
    'correlog.yaml:passwordFile: wrong value "empty" for "passwordFile": it is empty; expected the path of a file'
  ])
})

test('a secret is never shown, not where its key is misspelt or what holds it is wrong either', () => {
  const texts = [
    ...checked({ pasword: 'hunter2' }).problems,
    ...checked({ apiKey: 'hunter2', other: { password: 'hunter2', user: 'joe' } }).problems,
    ...checked([{ password: 'hunter2' }]).problems
  ]
  expect(texts).toHaveLength(5)
  expect(texts.join('\n')).not.toContain('hunter2')
  expect(texts.join('\n')).toContain('{"password":"(not shown)","user":"joe"}')
})

test.each([
  'fluent://h:1?sharedKey=hunter2&codec=json',
  'nothing://joe:hunter2@h:1?x=1',
  'file:a?token=hunter2',
  'stdin:?api_key=hunter2'
])('no secret of --from %s is shown', url => {
  const resolved = resolveConfiguration({
    options: [{ arg: 'from', text: url }],
    secret: () => ''
  })
  const text = 'problems' in resolved ? resolved.problems.join('\n') : ''
  expect(text).toContain('--from')
  expect(text).not.toContain('hunter2')
})

test.each([
  'a: 1\npassword: hunter2\npassword: hunter2\n',
  'a: {\n  password: hunter2 }}\n',
  '\tpassword: hunter2\n',
  'url: "kafka://h?password=hunter2\n  \\q"\n',
  Buffer.from('password: hunter2 \xff\n', 'latin1')
])('no secret of a file that is no YAML is shown: %j', text => {
  const problems: string[] = []
  parseYamlFile('c.yaml', Buffer.from(text), problem => problems.push(problem))
  expect(problems.length).toBeGreaterThan(0)
  expect(problems.join('\n')).not.toContain('hunter2')
})

test('a secret of the wrong form is not shown', () => {
  expect(checked({ password: 12345 }).problems).toEqual([
    'correlog.yaml:password: wrong value (not shown) for "password"; expected a text that is not empty'
  ])
})

test('a file that cannot be read, and a secret that is given twice, are reported', () => {
  expect(checked({ passwordFile: 'missing' }).problems).toEqual([
    'correlog.yaml:passwordFile: wrong value "missing" for "passwordFile": No such file or directory; expected the path of a file'
  ])
  expect(checked({ passwordFile: 'empty' }).problems).toEqual([
    'correlog.yaml:passwordFile: wrong value "empty" for "passwordFile": it is empty; expected the path of a file'
  ])
  expect(checked({ password: 'a', passwordEnv: 'A' }).problems).toEqual([
    'correlog.yaml:passwordEnv: "password" is given twice; expected password, passwordFile or passwordEnv'
  ])
})
