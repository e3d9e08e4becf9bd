import type { JsonFault } from './fault.ts'

type ScannedString =
  | { ok: true; value: string; end: number; escaped: boolean }
  | { ok: false; fault: JsonFault; at: number; reason: string }

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads the string whose opening quote stands at `from`. */
export function scanString(text: string, from: number): ScannedString {
  const parts: string[] = []
  let run = from + 1
  let at = run
  for (;;) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      const tail = text.slice(run, at)
      const escaped = parts.length > 0
      return { ok: true, value: escaped ? parts.join('') + tail : tail, end: at + 1, escaped }
    }
    if (unit === 0x5c) {
      parts.push(text.slice(run, at))
      const char = text[at + 1] ?? ''
      const short = Object.hasOwn(SHORT_ESCAPES, char) ? SHORT_ESCAPES[char] : undefined
      if (short !== undefined) {
        parts.push(short)
        at += 2
      } else {
        const hex = text.slice(at + 2, at + 6)
        if (char !== 'u' || !/^[0-9A-Fa-f]{4}$/.test(hex)) {
          return { ok: false, fault: 'bad_escape', at, reason: 'a backslash that starts no escape JSON knows' }
        }
        parts.push(String.fromCharCode(Number.parseInt(hex, 16)))
        at += 6
      }
      run = at
      continue
    }
    if (Number.isNaN(unit)) {
      return { ok: false, fault: 'unexpected_end', at: text.length, reason: 'the end of the text inside a string' }
    }
    if (unit < 0x20) {
      return { ok: false, fault: 'control_character', at, reason: 'a control character inside a string, unescaped' }
    }
    at += 1
  }
}

/** The end of the number that starts at `from`, or `-1 - index` of the character that breaks it. */
export function scanNumber(text: string, from: number): number {
  let at = text[from] === '-' ? from + 1 : from
  if (text[at] === '0') at += 1
  else if (isDigit(text, at)) at = digits(text, at)
  else return -1 - at
  if (isDigit(text, at)) return -1 - at
  if (text[at] === '.') {
    if (!isDigit(text, at + 1)) return -1 - (at + 1)
    at = digits(text, at + 1)
  }
  if (text[at] === 'e' || text[at] === 'E') {
    at += 1
    if (text[at] === '+' || text[at] === '-') at += 1
    if (!isDigit(text, at)) return -1 - at
    at = digits(text, at)
  }
  return at
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0x30 && unit <= 0x39
}

function digits(text: string, from: number): number {
  let at = from
  while (isDigit(text, at)) at += 1
  return at
}
