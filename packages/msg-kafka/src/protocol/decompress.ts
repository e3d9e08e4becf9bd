import { codecs, compressionOf, defaultMaxOutputBytes } from './compression/index.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * Records as they are without compression, by the attributes of their batch; at most 128 MiB of them.
 *
 * @throws ProtocolError for a compression that Kafka does not define; DriverError for damaged bytes
 */
export function decompress(attributes: number, payload: Uint8Array): Uint8Array {
  const name = compressionOf(attributes)
  if (name === undefined) {
    throw new ProtocolError('unsupported', `read records: compression ${attributes & 7} is not known`)
  }
  return name === 'none' ? payload : codecs[name].decompress(payload, defaultMaxOutputBytes)
}
