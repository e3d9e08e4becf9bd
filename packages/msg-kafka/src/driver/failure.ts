import { DriverError, type DriverErrorCode } from '@x07-lab/msg-core'

/**
 * What to do about a failure:
 *
 *     retry      the broker is well, this answer will change: ask again
 *     reconnect  the connection is gone or useless: cut it, dial anew, ask again
 *     renew      the broker no longer knows this producer: start as a new one, send again (the message ids tell the copies)
 *     split      too much at once: send in smaller requests
 *     refuse     the broker said no to the message; a publish answers so
 *     fail       asking again would not help
 */
export type Remedy = 'retry' | 'reconnect' | 'renew' | 'split' | 'refuse' | 'fail'

/** A failure of kafkajs, or below it, in the words of the port. */
export interface Failure {
  readonly code: DriverErrorCode
  readonly remedy: Remedy
  /** What the innermost error said. */
  readonly reason: string
  /** The protocol's or system's name for it. */
  readonly type: string
}

type Verdict = readonly [code: DriverErrorCode, remedy: Remedy]

/** Kafka's protocol errors by name, as kafkajs 2.2.4 knows them. */
const protocolErrors: readonly (readonly [...Verdict, types: string])[] = [
  ['timeout', 'reconnect', 'REQUEST_TIMED_OUT'],
  ['connection_lost', 'reconnect', 'NETWORK_EXCEPTION BROKER_NOT_AVAILABLE'],
  [
    'connection_lost',
    'retry',
    'LEADER_NOT_AVAILABLE NOT_LEADER_FOR_PARTITION REPLICA_NOT_AVAILABLE NOT_CONTROLLER STALE_CONTROLLER_EPOCH ' +
      'FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH STALE_BROKER_EPOCH PREFERRED_LEADER_NOT_AVAILABLE ' +
      'ELIGIBLE_LEADERS_NOT_AVAILABLE OFFSET_NOT_AVAILABLE UNSTABLE_OFFSET_COMMIT KAFKA_STORAGE_ERROR LOG_DIR_NOT_FOUND ' +
      'CORRUPT_MESSAGE FETCH_SESSION_ID_NOT_FOUND INVALID_FETCH_SESSION_EPOCH GROUP_LOAD_IN_PROGRESS ' +
      'GROUP_COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR_FOR_GROUP ILLEGAL_GENERATION UNKNOWN_MEMBER_ID ' +
      'REBALANCE_IN_PROGRESS MEMBER_ID_REQUIRED NON_EMPTY_GROUP CONCURRENT_TRANSACTIONS OPERATION_NOT_ATTEMPTED ' +
      'REASSIGNMENT_IN_PROGRESS',
  ],
  // A topic just created is unknown to some brokers for a moment.
  ['not_found', 'retry', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['protocol', 'retry', 'UNKNOWN'],
  [
    'connection_lost',
    'renew',
    'OUT_OF_ORDER_SEQUENCE_NUMBER DUPLICATE_SEQUENCE_NUMBER UNKNOWN_PRODUCER_ID INVALID_PRODUCER_EPOCH ' +
      'INVALID_PRODUCER_ID_MAPPING',
  ],
  ['too_large', 'split', 'MESSAGE_TOO_LARGE RECORD_LIST_TOO_LARGE'],
  ['connection_lost', 'refuse', 'NOT_ENOUGH_REPLICAS NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  ['precondition_failed', 'refuse', 'INVALID_TIMESTAMP INVALID_RECORD POLICY_VIOLATION'],
  [
    'access_denied',
    'fail',
    'TOPIC_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED ' +
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED DELEGATION_TOKEN_REQUEST_NOT_ALLOWED DELEGATION_TOKEN_OWNER_MISMATCH ' +
      'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  ],
  [
    'auth_refused',
    'fail',
    'UNSUPPORTED_SASL_MECHANISM SASL_AUTHENTICATION_FAILED SECURITY_DISABLED DELEGATION_TOKEN_AUTH_DISABLED ' +
      'DELEGATION_TOKEN_NOT_FOUND DELEGATION_TOKEN_EXPIRED INVALID_PRINCIPAL_TYPE ILLEGAL_SASL_STATE',
  ],
  ['not_found', 'fail', 'GROUP_ID_NOT_FOUND LISTENER_NOT_FOUND'],
  [
    'invalid_config',
    'fail',
    'INVALID_TOPIC_EXCEPTION INVALID_GROUP_ID INVALID_SESSION_TIMEOUT INVALID_PARTITIONS INVALID_REPLICATION_FACTOR ' +
      'INVALID_REPLICA_ASSIGNMENT INVALID_CONFIG INVALID_REQUIRED_ACKS INVALID_FETCH_SIZE INVALID_COMMIT_OFFSET_SIZE ' +
      'OFFSET_METADATA_TOO_LARGE INVALID_TRANSACTION_TIMEOUT UNSUPPORTED_COMPRESSION_TYPE',
  ],
  [
    'precondition_failed',
    'fail',
    'TOPIC_ALREADY_EXISTS INCONSISTENT_GROUP_PROTOCOL GROUP_MAX_SIZE_REACHED GROUP_SUBSCRIBED_TO_TOPIC ' +
      'TOPIC_DELETION_DISABLED FENCED_INSTANCE_ID ELECTION_NOT_NEEDED NO_REASSIGNMENT_IN_PROGRESS',
  ],
  [
    'protocol',
    'fail',
    'UNSUPPORTED_VERSION UNSUPPORTED_FOR_MESSAGE_FORMAT INVALID_REQUEST OFFSET_OUT_OF_RANGE INVALID_TXN_STATE ' +
      'TRANSACTION_COORDINATOR_FENCED KAFKAJS_UNKNOWN_ERROR_CODE',
  ],
]

/** kafkajs's own error classes by name, for errors without a protocol type. */
const kafkajsErrors: readonly (readonly [...Verdict, names: string])[] = [
  ['unreachable', 'reconnect', 'KafkaJSConnectionError KafkaJSNoBrokerAvailableError'],
  [
    'connection_lost',
    'reconnect',
    'KafkaJSConnectionClosedError KafkaJSBrokerNotFound KafkaJSLockTimeout KafkaJSPartialMessageError ' +
      'KafkaJSFetcherRebalanceError KafkaJSInvariantViolation TypeError ' +
      // Of bytes that are not the answer they should be.
      'RangeError SyntaxError ProtocolError',
  ],
  ['timeout', 'reconnect', 'KafkaJSRequestTimeoutError KafkaJSTimeout'],
  [
    'connection_lost',
    'retry',
    'KafkaJSMetadataNotLoaded KafkaJSTopicMetadataNotLoaded KafkaJSStaleTopicMetadataAssignment ' +
      'KafkaJSGroupCoordinatorNotFound KafkaJSMemberIdRequired KafkaJSOffsetOutOfRange KafkaJSError',
  ],
  ['auth_refused', 'fail', 'KafkaJSSASLAuthenticationError'],
  [
    'protocol',
    'fail',
    'KafkaJSNonRetriableError KafkaJSServerDoesNotSupportApiKey KafkaJSNotImplemented KafkaJSAggregateError ' +
      'KafkaJSUnsupportedMagicByteInMessageSet KafkaJSDeleteGroupsError KafkaJSDeleteTopicRecordsError ' +
      'KafkaJSCreateTopicError KafkaJSAlterPartitionReassignmentsError KafkaJSProtocolError ' +
      'KafkaJSNumberOfRetriesExceeded',
  ],
]

const byType = index(protocolErrors)
const byName = index(kafkajsErrors)
const tlsCodes = /^(ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH$)/
/** A plain listener hangs up on a TLS greeting; Node has no code of its own for it. */
const tlsMessage = /before secure TLS connection was established/
/** What kafkajs says, as an error that is not to be retried, of a connection that broke while it was made. */
const brokenWhileMade = /^Broker not connected$/

/** Kafka has defined some 130 error codes: one of five digits was changed on the way. */
const damagedCode = /^Unknown error code -?\d{5}$/

/** Says what a failed kafkajs call means: total, whatever is thrown. The innermost error that the tables know decides. */
export function classify(error: unknown): Failure {
  const chain = causes(error)
  for (const one of chain) {
    if (one instanceof DriverError) {
      return { code: one.code, remedy: one.retryable ? 'retry' : 'fail', reason: one.message, type: one.code }
    }
    if (damagedCode.test(one.message)) return failure(['connection_lost', 'reconnect'], one, one.type ?? one.name)
    const verdict = byType.get(one.type ?? '')
    if (verdict !== undefined) return failure(verdict, one, one.type ?? '')
    if (typeof one.code === 'string' && (tlsCodes.test(one.code) || tlsMessage.test(one.message))) {
      return failure(['tls_failed', 'fail'], one.code.startsWith('ERR_SSL_') ? inWords(one.code) : one, one.code)
    }
    if (brokenWhileMade.test(one.message)) return failure(['connection_lost', 'reconnect'], one, one.name)
  }
  for (const one of chain.toReversed()) {
    const verdict = byName.get(one.name)
    if (verdict !== undefined) return failure(verdict, one, typeof one.code === 'string' ? one.code : one.name)
  }
  return failure(['protocol', 'fail'], chain[0] ?? new Error(String(error)), chain[0]?.name ?? 'unknown')
}

/** The failure as a caller sees it whose driver was connected before: whatever dialling says now, its connection is lost. */
export function whenConnected(failure: Failure): Failure {
  return failure.code === 'unreachable' ? { ...failure, code: 'connection_lost' } : failure
}

type Vendor = Error & { readonly type?: string; readonly code?: string | number; readonly errors?: readonly unknown[] }

/** The error, its causes, and of several at once the first. */
function causes(error: unknown): Vendor[] {
  const chain: Vendor[] = []
  for (let one = error; one instanceof Error && chain.length < 16; one = (one as Vendor).errors?.[0] ?? one.cause) {
    if (chain.includes(one)) break
    chain.push(one)
  }
  return chain
}

/** OpenSSL's own message is a line of its source code. */
function inWords(code: string): Pick<Error, 'message'> {
  return { message: `TLS failed with ${code}` }
}

function failure([code, remedy]: Verdict, { message }: Pick<Error, 'message'>, type: string): Failure {
  const reason = message.replace(/[\s.]+$/, '')
  // A sentence's first letter is lowered; an abbreviation stays one.
  const lowered = /^[A-Z](?![A-Z])/.test(reason) ? reason.charAt(0).toLowerCase() + reason.slice(1) : reason
  return { code, remedy, reason: lowered, type }
}

function index(rows: readonly (readonly [...Verdict, names: string])[]): ReadonlyMap<string, Verdict> {
  return new Map(
    rows.flatMap(([code, remedy, names]) => names.split(' ').map((name) => [name, [code, remedy]] as const)),
  )
}
