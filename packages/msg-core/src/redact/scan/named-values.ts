// Values that are told by their names alone, where the rules of redaction do not reach: in what is packed or encoded, and in binary
// formats that have names in the data but are not read.

/** Names that nothing but a secret has, and the value as JSON and settings have it. */
const passwords = String.raw`(?:passw(?:or)?d|client_?secret|secret_?(?:access_?)?key)`
const named = new RegExp(
  String.raw`["']([\w.-]{0,40}${passwords})["']\s{0,8}:\s{0,8}["']([^"'\\\r\n]{1,256})["']|(?<![\w.-])([\w.-]{0,40}${passwords})=([^\s&;,"'<>]{1,256})`,
  'gi',
)
/** What stands for a value that somebody has taken out, or for none. */
const placeholder =
  /^(?:anon-[0-9a-f]{32}|\[.*\]|<.*>|\$\{.*\}|[*•xX.]+|null|none|string|true|false)$|redact|mask|hid|remov|filter|sanit|scrub|anonym|omit|\*\*\*/i
const [nameLead, nameTail] = [48, 400]

/** The name of the first password in text, around words of names of secrets. */
export function nameOfPassword(bytes: Buffer, words: readonly number[]): string | undefined {
  for (const at of words) {
    if (!isLetterOf(bytes[at]!)) continue
    const text = bytes.toString('latin1', Math.max(0, at - nameLead), at + nameTail)
    for (const [, jsonName, jsonValue, pairName, pairValue] of text.matchAll(named)) {
      const [name, value] = jsonName === undefined ? [pairName, pairValue] : [jsonName, jsonValue]
      if (name !== undefined && value !== undefined && !placeholder.test(value)) return name
    }
  }
  return undefined
}

/** The first letters of those of the words that the names have. */
function isLetterOf(byte: number): boolean {
  const letter = byte | 0x20
  return letter === 0x70 || letter === 0x73
}

const isWholeName = /^(?:[\w-]+[._-])?(?:password|passwd|client_?secret)$/i
/** Bytes between a name and the length of its value: marks of types and of what was seen before. */
const longestGlue = 8
const [leastValue, longestValue, longestName] = [4, 256, 40]

/**
 * The name of the first password in binary: a text with its length in front, and behind it another, as Avro's and Thrift's maps, Java's
 * objects, Python's pickle and tables of AMQP have them.
 */
export function nameInBinary(bytes: Buffer, words: readonly number[]): string | undefined {
  for (const word of words) {
    if (!isLetterOf(bytes[word]!)) continue
    for (let start = word; start > 0 && word - start < longestName; start--) {
      for (const length of lengthsBefore(bytes, start)) {
        const end = start + length
        if (length > longestName || end <= word) continue
        const name = bytes.toString('latin1', start, end)
        if (isWholeName.test(name) && hasValueBehind(bytes, end)) return name
      }
      if (nameBytes[bytes[start - 1]!] !== 1) break
    }
  }
  return undefined
}

/** What a length in front of a place may say: in one byte, as a zigzag number, or in four bytes, the lowest first. */
function lengthsBefore(bytes: Buffer, at: number): number[] {
  const byte = bytes[at - 1] ?? 0
  const lengths = [byte]
  if (byte % 2 === 0 && byte < 0x80) lengths.push(byte / 2)
  if (at >= 4 && bytes[at - 1] === 0) lengths.push(bytes.readUInt32LE(at - 4))
  return lengths
}

function hasValueBehind(bytes: Buffer, nameEnd: number): boolean {
  for (let at = nameEnd + 1; at <= nameEnd + longestGlue; at++) {
    for (const length of lengthsBefore(bytes, at)) {
      if (length < leastValue || length > longestValue || at + length > bytes.length) continue
      const value = bytes.toString('latin1', at, at + length)
      if (isPrintable.test(value)) return hasDigit.test(value) && !placeholder.test(value)
    }
  }
  return false
}

const isPrintable = /^[ -~]+$/
/** Tokens of a project's own, and types and texts of a language, have none; nearly all passwords have. */
const hasDigit = /[0-9]/

const nameBytes = new Uint8Array(256)
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-'))
  nameBytes[character] = 1
