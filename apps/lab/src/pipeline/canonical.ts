import canonicalize from 'canonicalize'

/** Whether bytes are exactly the RFC 8785 form of some JSON value. */
export function isCanonicalJson(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    // A repeated member name, -0, an escape too many: each is lost in the parse, so that the text no longer agrees.
    return canonicalize(JSON.parse(text) as unknown) === text && Buffer.byteLength(text) === bytes.length
  } catch {
    return false
  }
}
