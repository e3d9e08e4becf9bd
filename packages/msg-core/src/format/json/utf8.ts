type Decoded = { ok: true; text: string } | { ok: false; offset: number; valid: string }

/** Decodes UTF-8 and keeps a byte-order mark; where the bytes are not UTF-8, says where and what was read before. */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  try {
    return { ok: true, text: decode(bytes) }
  } catch {
    const offset = firstInvalid(bytes)
    return { ok: false, offset, valid: decode(bytes.subarray(0, offset)) }
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

/** The length of the longest prefix that is UTF-8: every step reads one sequence as RFC 3629 defines it. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0) return at
    for (let index = 1; index < length; index += 1) {
      const byte = bytes[at + index] ?? 0
      // The second byte rules out overlong forms, surrogates and what lies above U+10FFFF.
      const low = index > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
      const high = index > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
      if (byte < low || byte > high) return at
    }
    at += length
  }
  return at
}
