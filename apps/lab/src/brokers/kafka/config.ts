import { exitCodes, UserError } from '../../user-error.ts'
import { BROKER_HOST } from '../types.ts'

/** Ports of a private broker: the clients' and the KRaft controller's. */
export type KafkaPorts = { readonly broker: number; readonly controller: number }

/** Any 16 bytes in URL-safe base64 will do: it tells clusters that may meet apart, and this one meets none. */
export const CLUSTER_ID = 'eDA3LWxhYi1icm9rZXItMQ'

/** Fills `brokers/kafka/server.properties`. @throws UserError for a data folder Kafka could not take */
export function kafkaProperties(template: string, ports: KafkaPorts, dataFolder: string): string {
  if (dataFolder.includes(',')) {
    throw new UserError(
      `place Kafka's data in ${dataFolder}: Kafka reads a comma as a list; choose a state folder without one`,
      exitCodes.environment,
    )
  }
  return template
    .replaceAll('@host@', BROKER_HOST)
    .replaceAll('@broker_port@', String(ports.broker))
    .replaceAll('@controller_port@', String(ports.controller))
    .replaceAll('@data@', () => escapeValue(dataFolder))
}

/** java.util.Properties: a backslash begins an escape, and the file is read as ISO 8859-1. */
function escapeValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
