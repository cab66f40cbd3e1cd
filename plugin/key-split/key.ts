import { type KeyDefinition, variableOfField } from '../record-key.ts'

/** The key that a stream is split by, as rules see it. */
export interface SplitKey {
  readonly definition: KeyDefinition
  /** Match variables that stand for the key in rules, by the word of the user: `host`. */
  readonly variables: readonly string[]
  /**
   * What becomes of records without a key. `spread`: they go on, anywhere. `apart`: they don't get to the rules, as they
   * would without the splitting.
   */
  readonly withoutKey: 'spread' | 'apart'
}

/** The key that Kafka has with the record, as rules see it. */
const KAFKA_KEY = '_attr_messaging_kafka_message_key'

/** Whether a match variable that is set of the record's fields is the key, in every record. */
export function isKeyField(name: string, { definition }: SplitKey): boolean {
  if (name === KAFKA_KEY) return true
  return definition.type === 'field' && variableOfField(definition.field) === name
}
