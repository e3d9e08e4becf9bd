import { consoleConsumer } from './console-consumer.ts'
import { csv } from './csv.ts'
import type { LineForm } from './form.ts'
import { kcat, kcatLines } from './kcat.ts'
import { ndjson } from './ndjson.ts'
import { firehose } from './rabbit.ts'

/** Forms of one line a message, by the name that a person gives. `rabtap`, a folder, is apart. */
export const lineForms = {
  ndjson,
  kcat,
  'kcat-lines': kcatLines,
  csv,
  'console-consumer': consoleConsumer,
  firehose,
} as const satisfies Record<string, LineForm>

export type LineFormName = keyof typeof lineForms
