import { DriverError, type DriverErrorCode } from '@x07-lab/msg-core'

/**
 * What each AMQP 0-9-1 reply code (section 1.1) means for a driver call. 403 during the handshake is about the login, see
 * {@connection toDriverError}; 320, 506 and 541 pass, so that a new connection may help.
 */
export const replyCodes: Readonly<Record<number, DriverErrorCode>> = {
  200: 'connection_lost',
  311: 'too_large',
  312: 'not_found',
  313: 'not_found',
  320: 'connection_lost',
  402: 'not_found',
  403: 'access_denied',
  404: 'not_found',
  405: 'access_denied',
  406: 'precondition_failed',
  501: 'protocol',
  502: 'protocol',
  503: 'protocol',
  504: 'protocol',
  505: 'protocol',
  506: 'connection_lost',
  530: 'access_denied',
  540: 'protocol',
  541: 'connection_lost',
}

/** What each code of a socket or of name resolution means, once the connection stands. While dialing all are unreachable. */
const socketCodes: Readonly<Record<string, DriverErrorCode>> = {
  ECONNRESET: 'connection_lost',
  ECONNABORTED: 'connection_lost',
  EPIPE: 'connection_lost',
  ETIMEDOUT: 'connection_lost',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EACCES: 'access_denied',
  EPERM: 'access_denied',
  ERR_ACCESS_DENIED: 'access_denied',
  ABORT_ERR: 'connection_lost',
  EPROTO: 'tls_failed',
}

/** What the texts of amqplib 2.3.1 mean, which has no codes of its own, and what to say of them; the first match counts. */
const clientTexts: readonly (readonly [pattern: RegExp, code: DriverErrorCode, said: string])[] = [
  [/^SASL mechanism .* is not provided/, 'auth_refused', 'the broker offers no login by user and password'],
  // The broker's reason is not in the error; it is sent for a virtual host that is missing or not this user's.
  [
    /^Expected ConnectionOpenOk; got <ConnectionClose/,
    'access_denied',
    'the broker closed the connection when the virtual host was opened',
  ],
  [
    /^(?:Socket closed abruptly|connect ETIMEDOUT)/,
    'unreachable',
    'nothing at this address speaks AMQP, or it does not answer',
  ],
  [
    /^(?:Heartbeat timeout|Unexpected close|Channel closed|Channel closing|Channel ended|Connection clos)/,
    'connection_lost',
    'the connection was lost',
  ],
  [
    /^No channels left to allocate/,
    'access_denied',
    'the broker allows no more channels on a connection (channel_max); one is needed for publishing, one for a moment to declare, ' +
      'and one for each queue that is consumed: raise it, or consume fewer queues in one driver',
  ],
  [/^(?:Frame size|Invalid frame|Unknown frame type|Frame on )/, 'protocol', 'what came back is not AMQP 0-9-1'],
]

/** When an error happened: on the way to a usable connection, or on one. */
export type Phase = 'dial' | 'live'

/**
 * The error of the port for anything that amqplib, the socket or TLS throws. Total: what is in no table is `protocol`. The
 * broker's own words are kept, with `logical` applied to them so that they name no run.
 *
 * @param doing the call that failed, as the beginning of a sentence: `publish to lab.events`
 * @param known remedies of somebody who knows more than the code says
 */
export function toDriverError(
  error: unknown,
  doing: string,
  phase: Phase,
  logical: (text: string) => string = (text) => text,
  known: Remedies = {},
): DriverError {
  if (error instanceof DriverError) return error
  const { code, said } = classify(error, phase)
  const advice = remedyOf(said) ?? pluginAdvice(said) ?? known[code] ?? remedies[code]
  return new DriverError(code, `${doing}: ${logical(said)}${advice === undefined ? '' : `; ${advice}`}`, {
    cause: error,
  })
}

function classify(error: unknown, phase: Phase): { code: DriverErrorCode; said: string } {
  const text = textOf(error)
  const reply = replyOf(error, text)
  if (reply !== undefined) {
    const said = `the broker answered ${reply.code} ${reply.text}`
    return { code: codeOfReply(reply.code, reply.text, phase, text), said }
  }
  const osCode = codeOf(error)
  if (typeof osCode === 'string') {
    if (isTlsCode(osCode)) return { code: 'tls_failed', said: `TLS failed with ${osCode}` }
    const code = socketCodes[osCode]
    if (code !== undefined) {
      const unreachable = phase === 'dial' && code === 'connection_lost'
      return { code: unreachable ? 'unreachable' : code, said: `the connection failed with ${osCode}` }
    }
  }
  const known = clientTexts.find(([pattern]) => pattern.test(text))
  return known === undefined
    ? { code: 'protocol', said: `the client said ${lower(text)}` }
    : { code: known[1], said: known[2] }
}

/** amqplib: `… 404 (NOT-FOUND) with message "NOT_FOUND - no queue 'x' in vhost '/'"`. */
function replyOf(error: unknown, text: string): { code: number; text: string } | undefined {
  const match = /\b(\d{3}) \([A-Z-]+\) with message "([^]*)"$/.exec(text)
  if (match?.[1] !== undefined && match[2] !== undefined) return { code: Number(match[1]), text: match[2] }
  const code = codeOf(error)
  return typeof code === 'number' ? { code, text } : undefined
}

function textOf(error: unknown): string {
  if (typeof error === 'string') return error
  return error instanceof Error ? error.message : 'what was thrown is no error'
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function codeOfReply(code: number, words: string, phase: Phase, text: string): DriverErrorCode {
  if (code === 403 && phase === 'dial' && text.startsWith('Handshake terminated')) return 'auth_refused'
  if (code === 406 && words.includes('timed out')) return 'timeout'
  if (words.includes('unknown exchange type')) return 'invalid_config'
  if (code === 406 && words.includes('message size')) return 'too_large'
  return replyCodes[code] ?? 'protocol'
}

function isTlsCode(code: string): boolean {
  return (
    /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_)/.test(code) ||
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'INVALID_CA', 'HOSTNAME_MISMATCH'].includes(code)
  )
}

/** What to do, by the code. */
export type Remedies = Partial<Record<DriverErrorCode, string>>

const remedies: Remedies = {
  unreachable: 'start the broker, or correct its host and port',
  auth_refused: 'check the user and password',
  access_denied: 'check that the virtual host and the names exist and that the user may use them',
  not_found: 'declare it (ensureTopology does), or correct its name',
  tls_failed: 'check the certificate authority, and that this port speaks TLS',
  precondition_failed: 'what is on the broker, or in the message, is not as declared',
}

/** What to do about what RabbitMQ says in words, where that tells more than the code; the first match counts. */
const remediesOfWords: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /^the broker answered 406 PRECONDITION_FAILED - inequivalent arg /,
    'delete the one on the broker, or declare it as it is there',
  ],
  [
    /^the broker answered 404 NOT_FOUND - .* is down or inaccessible$/,
    'the node that holds it is away, or has lost it in a crash: start that node, or delete the queue and declare it again',
  ],
  [/ in exclusive use$/, 'another consumer has it alone: end that one, or consume without exclusive'],
  [
    /^the broker answered 405 RESOURCE_LOCKED /,
    'the queue is exclusive to another connection: end that one, or declare it without exclusive',
  ],
  [
    /^the broker answered 406 PRECONDITION_FAILED - delivery acknowledgement on channel \d+ timed out/,
    'what was not settled comes again to the next iteration; settle sooner, or raise consumer_timeout on the broker',
  ],
]

function remedyOf(said: string): string | undefined {
  return remediesOfWords.find(([pattern]) => pattern.test(said))?.[1]
}

/** What brings an exchange type that RabbitMQ does not have by itself. */
const plugins: Readonly<Record<string, string>> = {
  'x-consistent-hash': 'rabbitmq_consistent_hash_exchange',
  'x-delayed-message': 'rabbitmq_delayed_message_exchange',
  'x-modulus-hash': 'rabbitmq_sharding',
  'x-random': 'rabbitmq_random_exchange',
  'x-recent-history': 'rabbitmq_recent_history_exchange',
}

function pluginAdvice(said: string): string | undefined {
  const [, type = ''] = /unknown exchange type '([^']*)'/.exec(said) ?? []
  if (type === '') return undefined
  const plugin = Object.hasOwn(plugins, type) ? plugins[type] : undefined
  return plugin === undefined
    ? 'correct the type, or enable the plugin that it is of on the broker'
    : `enable the plugin of this type on the broker: rabbitmq-plugins enable ${plugin}`
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
