/** Blanks around a name are tolerated, and stay part of it. */
const around = (name: string): RegExp => new RegExp(`^\\p{White_Space}*(?:${name})\\p{White_Space}*$`, 'u')

const MODULE_ID = around('[A-Za-z_][A-Za-z0-9_-]*(?:\\.[A-Za-z_][A-Za-z0-9_-]*)*')
const LOCAL_NAME = around('[A-Za-z_][A-Za-z0-9_]*')
const TYPE_NAME = around('[A-Za-z][A-Za-z0-9_]*')

/** Dot-separated segments of `[A-Za-z_][A-Za-z0-9_-]*`; symbols and brands follow the same rule. */
export function isModuleId(text: string): boolean {
  return MODULE_ID.test(text)
}

/** `[A-Za-z_][A-Za-z0-9_]*`: parameters and type variables. */
export function isLocalName(text: string): boolean {
  return LOCAL_NAME.test(text)
}

/** `[A-Za-z][A-Za-z0-9_]*`. */
export function isTypeName(text: string): boolean {
  return TYPE_NAME.test(text)
}

/** Trims what Unicode counts as blanks, as X07 does before it compares a keyword. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && BLANK.test(text.charAt(start))) start++
  while (end > start && BLANK.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const BLANK = /\p{White_Space}/u
