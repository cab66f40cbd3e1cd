import { expect, test } from 'vitest'
import { consume } from '../cli/kafka-lines.ts'
import { ALERTS, LINES, Recipe } from '../helpers/recipe.ts'
import { useKafka } from '../helpers/shared-kafka.ts'

const broker = useKafka()

test('correlog as the recipe has it is a member of a group of a real Kafka, and alerts come to a topic', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const topics = {
    logs: await broker(context).topic('logs', 6),
    alerts: await broker(context).topic('alerts', 3),
    'dead-letters': await broker(context).topic('dead-letters', 1)
  }
  const producer = kafka.producer()
  await producer.connect()
  const messages = LINES.map(message => ({ key: 'gate', value: JSON.stringify({ message }) }))
  await producer.send({ topic: topics.logs, messages })
  await producer.disconnect()

  const recipe = new Recipe(context, 'kafka')
  const text = recipe
    .text('correlog.yaml')
    .replace('[kafka1:9092, kafka2:9092]', address)
    .replace('application: watch', `application: ${broker(context).name('watch')}`)
    .replaceAll(
      /(topics?): (logs|alerts|dead-letters)\b/g,
      (_all, option: string, topic: keyof typeof topics) => {
        return `${option}: ${topics[topic]}`
      }
    )
  recipe.put('correlog.yaml', text)
  const correlog = recipe.correlog('run')
  const alerts = await consume(kafka, topics.alerts, ALERTS.length)
  expect(alerts.map(({ value }) => (JSON.parse(value) as { body: string }).body).sort()).toEqual(
    [...ALERTS].sort()
  )
  correlog.signal('SIGTERM')
  expect({ status: await correlog.ended(), stderr: correlog.stderr }).toMatchObject({ status: 0 })
}, 60_000)
