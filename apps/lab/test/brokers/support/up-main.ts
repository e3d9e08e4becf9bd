import { systemClock, up } from '../../../src/brokers/index.ts'

/** A command of its own that brings up a broker: `node up-main.ts KIND DEPS SETTINGS`, the latter two as JSON. */
const [kind, deps, settings] = process.argv.slice(2)
const result = await up(
  kind === 'kafka' ? 'kafka' : 'amqp',
  { ...JSON.parse(deps ?? ''), clock: systemClock },
  JSON.parse(settings ?? ''),
)
console.log(JSON.stringify(result))
