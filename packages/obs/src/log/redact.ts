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
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret === '') continue
    const base64 = Buffer.from(secret).toString('base64')
    for (const form of [
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      base64,
    ]) {
      forms.add(form)
    }
    forms.add(base64.replace(/=+$/, ''))
  }
  const ordered = [...forms].toSorted((one, other) => other.length - one.length)
  return (text) => ordered.reduce((rest, form) => rest.replaceAll(form, REDACTED), text)
}
