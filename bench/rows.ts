import type { Row } from './row.ts'
import { amqpRow } from './rows/amqp/row.ts'
import { archCheckRow } from './rows/arch-check/row.ts'
import { beforeRow } from './rows/before/row.ts'
import { codecRow } from './rows/codec/row.ts'
import { kafkaRow } from './rows/kafka/row.ts'
import { memoryRow } from './rows/memory/row.ts'
import { pageRow } from './rows/page/row.ts'
import { redactionRow } from './rows/redaction/row.ts'
import { replayRow } from './rows/replay/row.ts'
import { rrLaneRow } from './rows/rr-lane/row.ts'
import { socketRow } from './rows/socket/row.ts'
import { startRow } from './rows/start/row.ts'
import { threadsRow } from './rows/threads/row.ts'
import { workersRow } from './rows/workers/row.ts'

/** Every comparison, in the order in which they are run and shown. */
export const rows: readonly Row[] = [
  replayRow,
  codecRow,
  amqpRow,
  kafkaRow,
  redactionRow,
  socketRow,
  memoryRow,
  threadsRow,
  workersRow,
  rrLaneRow,
  archCheckRow,
  startRow,
  pageRow,
  beforeRow,
]
