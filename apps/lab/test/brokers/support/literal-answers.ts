const text = (value: string): number[] => [...Buffer.from(value, 'latin1')]
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
const longString = (value: string): number[] => [0x53, ...u32(value.length), ...text(value)]
const name = (value: string): number[] => [value.length, ...text(value)]

/** A Connection.Start frame as RabbitMQ sends it, with these server properties (name, type and value as bytes). */
export function connectionStart(properties: readonly number[]): Uint8Array {
  const versions = [0, 10, 0, 10, 0, 9]
  const mechanisms = [...u32(5), ...text('PLAIN')]
  const locales = [...u32(5), ...text('en_US')]
  const payload = [...versions, ...u32(properties.length), ...properties, ...mechanisms, ...locales]
  return Uint8Array.from([1, 0, 0, ...u32(payload.length), ...payload, 0xce])
}

const capabilities = [...name('capabilities'), 0x46, ...u32(13), ...name('basic.nack'), 0x74, 1]
const product = [...name('product'), ...longString('RabbitMQ')]
const version = [...name('version'), ...longString('3.10.8')]

/** capabilities {basic.nack: true}, product RabbitMQ, version 3.10.8. */
export const RABBITMQ_PROPERTIES: readonly number[] = [...capabilities, ...product, ...version]

/** An ApiVersions answer, version 0, that names Produce 0 to 11 and Metadata 0 to 12. */
export const API_VERSIONS_ANSWER: Uint8Array = Buffer.from(
  '00000016 78070001 0000 00000002 0000 0000 000b 0003 0000 000c'.replaceAll(' ', ''),
  'hex',
)
