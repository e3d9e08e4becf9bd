/** One form of a credential. */
export interface CredentialForm {
  readonly rule: string
  /** Texts of which one is in every such credential: they are looked for much faster than the expression. */
  readonly marks: readonly string[]
  readonly source: string
}

/**
 * Forms that only credentials have. Each is the issuer's own prefix and alphabet, from the pages named; a form without a
 * prefix is not here, for it would find ids and hashes.
 */
export const credentialForms: readonly CredentialForm[] = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  { rule: 'aws-access-key-id', marks: ['AKIA', 'ASIA'], source: String.raw`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b` },
  // https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  {
    rule: 'github-token',
    marks: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    source: String.raw`\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})`,
  },
  // https://docs.gitlab.com/security/tokens/
  {
    rule: 'gitlab-token',
    marks: ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glft-', 'glsoat-'],
    source: String.raw`\bgl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,}`,
  },
  // https://docs.slack.dev/authentication/tokens
  { rule: 'slack-token', marks: ['xox'], source: String.raw`\bxox[abeprs]-[A-Za-z0-9-]{10,}` },
  // https://docs.stripe.com/keys
  { rule: 'stripe-key', marks: ['_live_', '_test_'], source: String.raw`\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}` },
  // https://cloud.google.com/docs/authentication/api-keys
  { rule: 'google-api-key', marks: ['AIza'], source: String.raw`\bAIza[A-Za-z0-9_-]{35}` },
  // https://docs.npmjs.com/about-access-tokens, https://pypi.org/help/#apitoken
  {
    rule: 'package-registry-token',
    marks: ['npm_', 'pypi-'],
    source: String.raw`\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})`,
  },
  // https://docs.anthropic.com/en/api/overview, https://platform.openai.com/docs/api-reference/authentication
  { rule: 'model-api-key', marks: ['sk-'], source: String.raw`\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}` },
  // https://developer.hashicorp.com/vault/docs/concepts/tokens
  { rule: 'vault-token', marks: ['hvs.', 'hvb.', 'hvr.'], source: String.raw`\bhv[sbr]\.[A-Za-z0-9_-]{24,}` },
  // https://docs.sendgrid.com/ui/account-and-settings/api-keys
  { rule: 'sendgrid-key', marks: ['SG.'], source: String.raw`\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}` },
  // https://docs.digitalocean.com/reference/api/create-personal-access-token/
  { rule: 'digitalocean-token', marks: ['_v1_'], source: String.raw`\bdo[opr]_v1_[a-f0-9]{64}` },
  // https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
  {
    rule: 'azure-account-key',
    marks: ['AccountKey=', 'AccessKey='],
    source: String.raw`\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,}={0,2}`,
  },
  // RFC 7519, 3: three parts, the first of which is the Base64 of an object.
  {
    rule: 'json-web-token',
    marks: ['eyJ'],
    source: String.raw`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`,
  },
  // RFC 7468
  {
    rule: 'private-key',
    marks: ['PRIVATE KEY-----'],
    source: String.raw`-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----`,
  },
  // RFC 6750, 2.1 and RFC 7617, 2
  {
    rule: 'authorization-value',
    marks: ['Bearer ', 'Basic '],
    source: String.raw`\b(?:Bearer|Basic) {1,8}[A-Za-z0-9+/._~-]{16,}={0,2}`,
  },
  // RFC 3986, 3.2.1
  {
    rule: 'address-with-password',
    marks: ['://'],
    source: String.raw`\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#"'<>@:\\]{0,256}:(?!\[redacted\]@|anon-)[^\s/?#"'<>@\\]{1,256}@`,
  },
]
