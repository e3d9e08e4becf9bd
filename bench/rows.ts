import type { Row } from './row.ts'
import { amqpRow } from './rows/amqp/row.ts'
import { codecRow } from './rows/codec/row.ts'
import { kafkaRow } from './rows/kafka/row.ts'
import { replayRow } from './rows/replay/row.ts'

/** Every comparison, in the order in which they are run and shown. */
export const rows: readonly Row[] = [replayRow, codecRow, amqpRow, kafkaRow]
