import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { SchemaName } from '../x07/schema/names.ts'
import { checkAmqpTopology } from './amqp-topology.ts'
import { checkKafkaClient } from './kafka-client.ts'

/** The folder of the contracts that X07 does not know. */
export const PROJECT_FOLDER = 'arch/vcr'

/** One kind of contract under {@link PROJECT_FOLDER}, told apart by the end of its file name. */
interface ProjectForm {
  /** What the file name ends in: `.match.json`. */
  readonly suffix: string
  readonly schema: SchemaName
  /** What no schema can say: findings about a document that its schema accepts, with codes of the catalogue. */
  readonly check?: (document: Document) => readonly Finding[]
}

/**
 * Every kind of contract of our own. A new one takes a schema, its version in `schema/names.ts`, and a line here; its files
 * are then checked, pinned in the project lock, and read elsewhere by a generated reader (`scripts/generate-readers.ts`).
 */
export const PROJECT_FORMS: readonly ProjectForm[] = [
  { suffix: '.match.json', schema: 'vcr-match' },
  { suffix: '.expiry.json', schema: 'vcr-expiry' },
  { suffix: '.amqp-topology.json', schema: 'vcr-amqp-topology', check: checkAmqpTopology },
  { suffix: '.kafka-client.json', schema: 'vcr-kafka-client', check: checkKafkaClient },
  { suffix: '.redact.json', schema: 'vcr-redact' },
  { suffix: '.fault.json', schema: 'vcr-fault' },
]

/** The form of a file, by its name. */
export function formOf(file: string): ProjectForm | undefined {
  return PROJECT_FORMS.find(({ suffix }) => file.endsWith(suffix))
}
