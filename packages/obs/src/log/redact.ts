/** What stands where a secret stood. */
export const REDACTED = '[redacted]'

/** Takes secret values out of a text. */
export type Redact = (text: string) => string

/**
 * Finds secrets by their value, wherever they turn up: as they are, percent-encoded as in a broker URL, in Base64 as in an
 * authorization header, and escaped as in JSON text. The longest goes first, so that no rest of one that contains another
 * remains. Empty values are not secrets.
 */
export function createRedact(secrets: Iterable<string>): Redact {
  const forms = [...new Set([...secrets].filter((secret) => secret !== '').flatMap(formsOf))]
  if (forms.length === 0) return (text) => text
  const longestFirst = forms.toSorted((one, other) => other.length - one.length)
  const any = new RegExp(longestFirst.map((form) => RegExp.escape(form)).join('|'), 'g')
  return (text) => text.replaceAll(any, REDACTED)
}

function formsOf(secret: string): string[] {
  const percent = encodeURIComponent(secret.toWellFormed())
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    percent,
    percent.replaceAll(/%../g, (code) => code.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
  ]
}
