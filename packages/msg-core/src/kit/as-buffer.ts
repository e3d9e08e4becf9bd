/** The same bytes as a Buffer, borrowed. */
export function asBuffer(bytes: Uint8Array): Buffer
export function asBuffer(bytes: Uint8Array | null): Buffer | null
export function asBuffer(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
