import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { compileFunction } from 'node:vm'
import type * as Kafkajs from 'kafkajs'
import { askAnyBroker, connectAfresh, keepBroker } from './broker-pool.ts'
import { FetchedBatch, type PartitionData } from './fetched-batch.ts'
import { murmur2 } from './murmur2.ts'
import { type FetchedSet, readRecordBatches } from './record-batches.ts'
import { createSendMessages } from './send-messages.ts'
import { type BatchToWrite, type RecordToWrite, writeRecordBatch } from './write-batch.ts'

const require = createRequire(import.meta.url)
const main = require.resolve('kafkajs')
const folder = dirname(main) + sep
const nothingFetched: FetchedSet = { batches: [], failure: undefined }

/**
 * kafkajs with our own reading of what was fetched and writing of what is produced, all codecs, sending that is not quadratic and
 * loses nothing when leaders move, and another mind about brokers that do not answer
 * (broker-pool.ts). A copy of its own, apart from Node.js' cache of modules: a program that uses kafkajs beside us keeps it as it
 * comes.
 */
export const kafkajs = load()

function load(): typeof Kafkajs {
  const modules = new Map<string, { exports: unknown }>()
  const own = (path: string): unknown => {
    const known = modules.get(path)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    modules.set(path, module)
    const near = createRequire(path)
    const requireNear = (id: string): unknown => {
      const found = near.resolve(id)
      return found.startsWith(folder) && found.endsWith('.js') ? own(found) : near(id)
    }
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
    const wrapped = compileFunction(readFileSync(path, 'utf8'), parameters, { filename: path }) as (
      ...arguments_: readonly unknown[]
    ) => void
    wrapped(module.exports, requireNear, module, path, dirname(path))
    return module.exports
  }
  const replace = (path: string, exports: unknown): void => {
    modules.set(join(folder, path), { exports })
  }
  const errors = own(join(folder, 'src/errors.js')) as Errors
  replace('src/protocol/requests/fetch/v4/decodeMessages.js', readFetched)
  replace('src/consumer/batch.js', batchConstructor(errors))
  replace('src/producer/partitioners/default/murmur2.js', murmur2)
  replace('src/protocol/recordBatch/record/v0/index.js', asItIs)
  const encoder = own(join(folder, 'src/protocol/encoder.js')) as EncoderConstructor
  replace('src/protocol/recordBatch/v0/index.js', { RecordBatch: batchEncoder(encoder) })
  replace('src/producer/sendMessages.js', createSendMessages(errors))
  const pool = own(join(folder, 'src/cluster/brokerPool.js')) as { readonly prototype: object }
  const withBroker = askAnyBroker(errors.KafkaJSBrokerNotFound)
  Object.assign(pool.prototype, { withBroker, removeBroker: keepBroker })
  const connection = own(join(folder, 'src/network/connection.js')) as {
    readonly prototype: { connect: Parameters<typeof connectAfresh>[0] }
  }
  connection.prototype.connect = connectAfresh(connection.prototype.connect)
  return own(main) as typeof Kafkajs
}

/** kafkajs' reader of a response. */
interface Decoder {
  readInt32(): number
  canReadBytes(count: number): boolean
  readBytes(count: number): Buffer
}

async function readFetched(decoder: Decoder): Promise<FetchedSet> {
  const size = decoder.readInt32()
  return size > 0 && decoder.canReadBytes(size) ? readRecordBatches(decoder.readBytes(size)) : nothingFetched
}

interface Errors {
  readonly KafkaJSNonRetriableError: new (message: string, options: { readonly cause: unknown }) => Error
  readonly KafkaJSBrokerNotFound: new (message: string) => Error
  readonly KafkaJSMetadataNotLoaded: new (message: string) => Error
}

/** kafkajs tries all again but errors of its own that say that they are not retriable. */
function batchConstructor({ KafkaJSNonRetriableError }: Errors): unknown {
  return function batch(topic: string, fetchOffset: string, data: PartitionData): FetchedBatch {
    try {
      return new FetchedBatch(topic, fetchOffset, data)
    } catch (error) {
      throw new KafkaJSNonRetriableError((error as Error).message, { cause: error })
    }
  }
}

/** kafkajs' writer of a request. */
type EncoderConstructor = new (size: number) => { writeBuffer(bytes: Buffer): unknown }

/** Its batch is written of its records themselves. */
function asItIs(record: RecordToWrite): RecordToWrite {
  return record
}

function batchEncoder(Encoder: EncoderConstructor): (batch: BatchToWrite) => Promise<unknown> {
  return async batch => {
    const bytes = await writeRecordBatch(batch)
    return new Encoder(bytes.length).writeBuffer(bytes)
  }
}
