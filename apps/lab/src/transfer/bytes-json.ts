import { utf8 } from '../inspect/readings/reading.ts'
import { FormError } from './form.ts'

/** Bytes in JSON: text where they are UTF-8, else `{"base64"}`; null stays null. */
export type BytesJson = string | { readonly base64: string } | null

export function bytesToJson(bytes: Uint8Array | null): BytesJson {
  if (bytes === null) return null
  return utf8(bytes) ?? { base64: Buffer.from(bytes).toString('base64') }
}

/** @throws FormError for another form */
export function jsonToBytes(value: unknown, name: string, where: string): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'object' && value !== undefined && 'base64' in value && typeof value.base64 === 'string') {
    const bytes = Buffer.from(value.base64, 'base64')
    if (bytes.toString('base64') === value.base64) return bytes
  }
  throw new FormError(`${where}: "${name}" must be text, null or {"base64": "…"}`)
}
