// What a program logs with pino is correlated in a thread of its own; alerts go to standard output, and logs where they went before.
import pino from 'pino'
const rule = `type=SingleWithThreshold
ptype=Record
pattern=record.severity_number >= 17 && has(record.attributes.customer)
desc=$+{_attr_customer}
window=60
thresh=3
action=alert error orders of $+{_attr_customer} fail`
const transport = pino.transport({
  targets: [
    { target: 'pino/file', options: { destination: 2 } },
    { target: 'correlog/pino', options: { rules: { name: 'orders.sec', text: rule }, sinks: 'stdout:' } }
  ]
})
const logger = pino(transport)
logger.info({ customer: 'acme' }, 'order received')
for (let order = 1; order <= 3; order++) logger.error({ customer: 'acme', order }, 'order failed')
