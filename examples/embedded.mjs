// A stage inside a program, with a source and a sink of its own.
import { createStage, lineRecord } from 'correlog'
const lines = ['disk sda1 full', 'disk sdb1 full', 'disk sda1 full', 'disk sda1 full']
const source = {
  name: 'disks',
  live: false,
  awaitsAck: false,
  async *read() {
    const records = lines.map((line, index) => lineRecord(`disks/${index}`, 'disks', line, Date.now()))
    yield { records, dead: [], position: null, ack: () => console.log(`${records.length} records settled`) }
  },
  async close() {}
}
const sink = {
  name: 'console',
  write: async alerts => console.log(alerts.map(({ body }) => body)),
  async flush() {},
  async close() {}
}
const text = `type=SingleWithThreshold
ptype=RegExp
pattern=disk (\\S+) full
desc=$1
window=60
thresh=3
action=alert warn disk $1 fills`
const stage = createStage({ rules: { name: 'disks.sec', text }, sources: source, sinks: sink })
await stage.start()
console.log(await stage.wait())
