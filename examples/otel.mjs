// What a program logs through OpenTelemetry is correlated; alerts come out of the same provider, as events.
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { CorrelogProcessor } from 'correlog/otel'
const rule = `type=SingleWithThreshold
ptype=Record
pattern=record.attributes["http.status"] >= 500
desc=$+{_attr_server}
window=60
thresh=3
action=alert error $+{_attr_server} fails`
const exporter = new InMemoryLogRecordExporter()
const provider = new LoggerProvider({
  processors: [
    new CorrelogProcessor({
      rules: { name: 'servers.sec', text: rule },
      next: new SimpleLogRecordProcessor({ exporter })
    })
  ]
})
const logger = provider.getLogger('shop')
for (const status of [200, 500, 503, 200, 500]) {
  logger.emit({ body: 'request', attributes: { server: 'web1', 'http.status': status } })
}
await provider.forceFlush()
for (const { eventName = 'record', body } of exporter.getFinishedLogRecords()) console.log(eventName, body)
await provider.shutdown()
