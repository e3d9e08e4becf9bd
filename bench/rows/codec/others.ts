import { Encoder } from 'cbor-x'
import { Packr } from 'msgpackr'
import type { PlainEntry } from './entries.ts'

/** Another library in one of its ways of writing objects. */
export interface OtherCodec {
  readonly library: 'msgpackr' | 'cbor-x'
  readonly way: 'maps' | 'shared structures'
  readonly encode: (entry: PlainEntry) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

/**
 * Both libraries in both ways: objects as maps with names, as cassettes hold them, and with names kept apart in structures
 * that encoder and decoder share, which is their fastest. Their native accelerators are used where they are installed.
 */
export function otherCodecs(): OtherCodec[] {
  return [
    codec('msgpackr', 'maps', new Packr({ useRecords: false, variableMapSize: true })),
    codec('msgpackr', 'shared structures', new Packr({ structures: [] })),
    codec('cbor-x', 'maps', new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false })),
    codec('cbor-x', 'shared structures', new Encoder({ structures: [], tagUint8Array: false })),
  ]
}

interface Coder {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

function codec(library: OtherCodec['library'], way: OtherCodec['way'], coder: Coder): OtherCodec {
  return { library, way, encode: (entry) => coder.encode(entry), decode: (bytes) => coder.decode(bytes) }
}
