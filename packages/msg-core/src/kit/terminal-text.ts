/**
 * What a display acts on instead of showing it: C0 and C1 controls, separators that break a line, marks that turn the
 * direction of reading (Unicode TR 36, "Trojan Source"), invisible tags, halves of characters.
 */
const ACTED_ON =
  /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu

/** User and password in front of a host (RFC 3986, 3.2.1), up to the last `@` of the authority. */
const CREDENTIALS = /([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/?#"'<>]{0,512}@/gi

/**
 * The one way of text that came from outside (a cassette, a broker, a file name, an error) to a terminal or a log: it stays
 * one line, steers nothing, and an address is without its credentials. Inside a JSON string the escapes mean the same
 * characters, so a JSON document on one line stays the same document.
 */
export function oneLine(text: string): string {
  return escapeControls(withoutCredentials(text))
}

/** Escapes as JSON does; a line break as `\n`. */
export function escapeControls(text: string): string {
  return text.replaceAll(ACTED_ON, (character) => {
    if (character === '\n') return String.raw`\n`
    let escaped = ''
    for (let unit = 0; unit < character.length; unit++) {
      escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`
    }
    return escaped
  })
}

/** `amqp://user:password@host` as `amqp://host`. */
export function withoutCredentials(text: string): string {
  return text.includes('@') ? text.replaceAll(CREDENTIALS, '$1') : text
}

/** A word of a command line that a person is to type, quoted where a shell would take it apart. */
export function shellWord(word: string): string {
  return /^[\w./@+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
