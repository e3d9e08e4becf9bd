/** Names of environment variables whose values are secrets. */
const secretName =
  /(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|_PWD$|_AUTH$)/i

/** A shorter value, or one of these, is in texts that hold no secret. */
const minSecretLength = 6
const dummies = new Set(['password', 'secret', 'changeme', 'undefined', 'default', 'disabled', 'enabled'])

/** The values of an environment that no cassette may hold, by the variable that has it. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !secretName.test(name)) continue
    // A list of addresses, a path: what it holds that is secret has a form of its own.
    if (value.length >= minSecretLength && !dummies.has(value.toLowerCase()) && !value.startsWith('/')) {
      secrets.set(name, value)
    }
  }
  return secrets
}
