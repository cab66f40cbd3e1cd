// Apache Kafka: the jars of one Maven artifact and of what it needs are the whole broker.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { onPath } from './on-path.mjs'

/** Another one for a run by hand: brokers of several versions are kept side by side. */
const VERSION = process.env.CORRELOG_TEST_KAFKA_VERSION || '4.1.0'

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** Where its jars are, once they are there. */
export const kafkaPath = join(cache, 'correlog-test', `kafka-${VERSION}`)

export function isPrepared() {
  return existsSync(kafkaPath)
}

/** Gets the jars into the cache: some 45 MB. */
export function prepare() {
  if (!onPath('mvn')) throw new Error("no mvn (Debian's maven)")
  mkdirSync(dirname(kafkaPath), { recursive: true })
  // Whole or not at all: two runs at once each get them, and the first ones are kept.
  const folder = mkdtempSync(`${kafkaPath}.`)
  try {
    writeFileSync(join(folder, 'pom.xml'), project())
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars']
    const { status, stdout, error } = spawnSync('mvn', args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`mvn: ${error?.message ?? stdout.trim().split('\n')[0]}`)
    if (!existsSync(kafkaPath)) renameSync(join(folder, 'jars'), kafkaPath)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function project() {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>correlog</groupId>
  <artifactId>test-kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`
}
