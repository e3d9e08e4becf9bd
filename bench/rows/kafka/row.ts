import { liveRow } from '../../work/live-row.ts'
import { plainKafka } from './plain.ts'
import { quietly } from './quiet.ts'

export const kafkaRow = liveRow({
  driver: 'kafka',
  client: 'plain kafkajs',
  about: 'recording of 50,000 messages on Apache Kafka, beside plain kafkajs producing and consuming the same',
  load: { messages: 50_000, seed: 7 },
  plain: (run, load) => quietly(() => plainKafka(run, load)),
})
