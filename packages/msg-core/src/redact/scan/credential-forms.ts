import { base64WithColon } from '../rules.ts'

/** One form of a credential. */
export interface CredentialForm {
  readonly rule: string
  /** Texts of which one is in every such credential: they are looked for much faster than the expression. */
  readonly marks: readonly string[]
  readonly source: string
}

/**
 * Where a credential begins that has a prefix of its own. The length in front of a text may be a letter (Avro, Protocol Buffers), so
 * that any word may stand there; but not so many characters as Base64 has in a row, which may spell any prefix.
 */
const begins = String.raw`(?<![\w-]{16})`

function prefixed(rule: string, marks: readonly string[], source: string): CredentialForm {
  return { rule, marks, source: `${begins}(?:${source})` }
}

const digits = Array.from('0123456789')
const hexDigits = Array.from('0123456789abcdef')

/**
 * Forms that only credentials have. Each is the issuer's own prefix and alphabet, from the pages named; a form without a
 * prefix is not here, for it would find ids and hashes.
 */
export const credentialForms: readonly CredentialForm[] = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  {
    rule: 'aws-access-key-id',
    marks: ['AKIA', 'ASIA'],
    source: String.raw`(?<![A-Z2-7])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z2-7])`,
  },
  // https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  prefixed(
    'github-token',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    'gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}',
  ),
  // https://docs.gitlab.com/security/tokens/
  prefixed(
    'gitlab-token',
    ['glpa', 'gldt', 'glrt', 'glpt', 'glft', 'glso', 'glcb', 'glim', 'glag', 'gloa', 'glff'],
    'gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas|ffct)-[A-Za-z0-9_-]{20,}',
  ),
  // https://docs.slack.dev/authentication/tokens, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
  prefixed('slack-token', ['xox', 'xapp-'], 'xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{20,}'),
  {
    rule: 'webhook-address',
    marks: ['hooks.slack.com/services/', '/api/webhooks/'],
    source: String.raw`hooks\.slack\.com/services/T\w{5,}/B\w{5,}/\w{16,}|discord(?:app)?\.com/api/webhooks/\d{15,}/[\w-]{60,}`,
  },
  // https://docs.stripe.com/keys, https://docs.stripe.com/webhooks
  prefixed(
    'stripe-key',
    ['_live_', '_test_', 'whsec_'],
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{32,}',
  ),
  // https://cloud.google.com/docs/authentication/api-keys, https://developers.google.com/identity/protocols/oauth2
  prefixed('google-api-key', ['AIza'], 'AIza[A-Za-z0-9_-]{35}'),
  prefixed('google-oauth-secret', ['GOCSPX-', 'ya29'], String.raw`GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,}`),
  // https://firebase.google.com/docs/cloud-messaging
  { rule: 'firebase-key', marks: [':APA91b'], source: String.raw`[A-Za-z0-9_-]{11,}:APA91b[A-Za-z0-9_-]{100,}` },
  // https://docs.npmjs.com/about-access-tokens, https://pypi.org/help/#apitoken, https://guides.rubygems.org/api-key-scopes
  prefixed(
    'package-registry-token',
    ['npm_', 'pypi-', 'rubygems_'],
    'npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|rubygems_[a-f0-9]{48}',
  ),
  // https://docs.docker.com/security/access-tokens
  prefixed('docker-token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_[A-Za-z0-9_-]{27,}'),
  // https://docs.anthropic.com/en/api/overview, https://platform.openai.com/docs/api-reference/authentication,
  // https://huggingface.co/docs/hub/security-tokens. Words in a row end in `sk-` too.
  { rule: 'model-api-key', marks: ['sk-'], source: String.raw`\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}` },
  prefixed('model-api-key', ['hf_'], '(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])'),
  // https://developer.hashicorp.com/vault/docs/concepts/tokens, https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
  prefixed('vault-token', ['hvs.', 'hvb.', 'hvr.'], String.raw`hv[sbr]\.[A-Za-z0-9_-]{24,}`),
  { rule: 'terraform-token', marks: ['.atlasv1.'], source: String.raw`[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}` },
  // https://www.twilio.com/docs/iam/api-keys, https://docs.sendgrid.com/ui/account-and-settings/api-keys
  {
    rule: 'twilio-key',
    marks: hexDigits.map((digit) => `SK${digit}`),
    source: String.raw`(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])`,
  },
  prefixed('sendgrid-key', ['SG.'], String.raw`SG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}`),
  // https://core.telegram.org/bots/api#authorizing-your-bot
  { rule: 'telegram-token', marks: [':AA'], source: String.raw`(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])` },
  // https://docs.digitalocean.com/reference/api/create-personal-access-token/
  prefixed('digitalocean-token', ['doo_', 'dop_', 'dor_'], 'do[opr]_v1_[a-f0-9]{64}'),
  // https://grafana.com/docs/grafana/latest/administration/service-accounts, https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  prefixed('grafana-token', ['glsa', 'glc_'], 'glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}'),
  prefixed('newrelic-key', ['NRAK-'], 'NRAK-[A-Z0-9]{27}'),
  prefixed('sentry-token', ['sntrys_', 'sntryu_'], 'sntry[su]_[A-Za-z0-9+/=_-]{40,}'),
  // https://shopify.dev/docs/apps/build/authentication-authorization, https://developer.squareup.com/docs/build-basics/access-tokens
  prefixed('shopify-token', ['shp'], 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}'),
  prefixed('square-token', ['sq0atp-', 'sq0csp-'], 'sq0(?:at|cs)p-[A-Za-z0-9_-]{22,}'),
  // Tools of teams and platforms: each from its page on access tokens.
  prefixed('linear-key', ['lin_api_'], 'lin_api_[A-Za-z0-9]{40}'),
  prefixed('notion-token', ['ntn_', 'secret_'], '(?:ntn|secret)_[A-Za-z0-9]{43,}'),
  prefixed('figma-token', ['figd_'], 'figd_[A-Za-z0-9_-]{40,}'),
  prefixed('postman-key', ['PMAK-'], 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}'),
  prefixed('databricks-token', ['dapi'], 'dapi[a-f0-9]{32}(?![A-Za-z0-9])'),
  prefixed('planetscale-token', ['pscale_'], 'pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,}'),
  prefixed('supabase-key', ['sbp_', 'sb_secret_'], 'sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,}'),
  prefixed('atlassian-token', ['ATATT3x', 'ATCTT3x'], 'AT[AC]TT3x[A-Za-z0-9_=-]{60,}'),
  prefixed('heroku-key', ['HRKU-'], 'HRKU-[A-Za-z0-9_-]{36,}'),
  prefixed('doppler-token', ['dp.pt.', 'dp.st.', 'dp.ct.'], String.raw`dp\.[psc]t\.[A-Za-z0-9_.-]{40,}`),
  prefixed('pulumi-token', ['pul-'], 'pul-[a-f0-9]{40}(?![A-Za-z0-9])'),
  prefixed('circleci-token', ['CCIPAT_'], 'CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}'),
  prefixed('fly-token', ['FlyV1 ', 'fm2_'], '(?:FlyV1 )?fm[12]_[A-Za-z0-9+/=_-]{80,}'),
  // https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string, storage-sas-overview, and application secrets of Entra
  {
    rule: 'azure-account-key',
    marks: ['AccountKey=', 'AccessKey='],
    source: String.raw`(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,}={0,2}`,
  },
  { rule: 'azure-signature', marks: ['?sig=', '&sig='], source: '[?&]sig=[A-Za-z0-9%+/]{40,}' },
  {
    rule: 'azure-client-secret',
    marks: digits.map((digit) => `${digit}Q~`),
    source: String.raw`[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])`,
  },
  // RFC 7519, 3: three parts, the first of which is the Base64 of an object.
  {
    rule: 'json-web-token',
    marks: ['eyJ'],
    source: String.raw`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`,
  },
  // RFC 7468; RFC 9580, 6.2; https://github.com/FiloSottile/age
  {
    rule: 'private-key',
    marks: ['PRIVATE KEY', 'PuTTY-User-Key-File-', 'AGE-SECRET-KEY-1'],
    source: String.raw`-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d: |AGE-SECRET-KEY-1[A-Z0-9]{58}`,
  },
  // RFC 6750, 2.1 and RFC 7617, 2; in small letters the first is a word of a language too, and has to have a digit behind it.
  {
    rule: 'authorization-value',
    marks: ['Bearer ', 'BEARER ', 'bearer ', 'Basic ', 'BASIC ', 'basic ', 'ApiKey '],
    source: String.raw`\b(?:(?:B(?:earer|EARER)|bearer(?= +[A-Za-z0-9+/._~-]{0,64}[0-9])) {1,8}[A-Za-z0-9+/._~-]{16,}={0,2}|(?:B(?:asic|ASIC)|basic|ApiKey) {1,8}${base64WithColon})`,
  },
  // https://docs.docker.com/reference/cli/docker/login, https://docs.npmjs.com/cli/configuring-npm/npmrc
  {
    rule: 'registry-login',
    marks: ['"auth"', '_auth='],
    source: String.raw`(?:"auth"\s{0,8}:\s{0,8}"|(?<![A-Za-z])_auth=)${base64WithColon}`,
  },
  // RFC 3986, 3.2.1
  {
    rule: 'address-with-password',
    marks: ['://'],
    source: String.raw`[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#"'<>@:\\]{0,256}:(?!\[redacted\]@|anon-)[^\s/?#"'<>@\\]{1,256}@`,
  },
]
