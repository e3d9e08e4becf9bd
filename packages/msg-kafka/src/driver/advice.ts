import type { DriverErrorCode } from '@x07-lab/msg-core'
import type { Failure } from './failure.ts'
import type { Settings } from './options.ts'

/** What to do about a failure by the protocol's name for it, where that says more than the code. */
const byType: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION:
    'the topic was deleted or never created: create it (ensureTopology does), or correct its name',
  INCONSISTENT_GROUP_PROTOCOL:
    'another client of this group divides its partitions in another way: end that one, or give this driver a group of its own',
  GROUP_MAX_SIZE_REACHED: 'end another member of the group, or raise group.max.size on the broker',
  // What a listener without SASL answers to the first step of a login.
  ILLEGAL_SASL_STATE:
    'this listener asks for no login: set security.sasl_mode in the profile to none_v1, or give the address of one that does',
}

const byCode: Partial<Record<DriverErrorCode, string>> = {
  auth_refused: 'check the user and password that the profile names by secret id',
  access_denied: 'allow this user the topics and the group on the broker',
  tls_failed: 'check the certificate authority, and that this port speaks TLS',
  too_large: 'shorten the message, or raise max.message.bytes of the topic',
  invalid_config: 'correct the options of the driver',
}

/** Whether a broker said no to the way of logging in, and not to the login. */
export function isUnknownMechanism({ code, reason }: Pick<Failure, 'code' | 'reason'>): boolean {
  return code === 'auth_refused' && /\bmechanism\b/i.test(reason)
}

/** What to do about a failure that asking again cannot mend; undefined where the reason says all there is to say. */
export function adviceFor(failure: Failure): string | undefined {
  if (isUnknownMechanism(failure)) return 'correct security.sasl_mode in the profile'
  return byType[failure.type] ?? byCode[failure.code]
}

/** What to do about a failure for which asking again has not helped. */
export function adviceAfterTrying(failure: Failure): string {
  const { code, type } = failure
  if (code === 'not_found' || type === 'UNKNOWN') return adviceFor(failure) ?? "see the broker's log"
  return 'start the broker or check its address, or raise retry.giveUpAfterMs'
}

/** The same on the way to the first answer: a broker that wants TLS or a login hangs up on a client that brings none. */
export function adviceWhileOpening(failure: Failure, givenBy: Settings['givenBy']): string {
  if (failure.type !== 'KafkaJSConnectionClosedError') return adviceAfterTrying(failure)
  const where =
    givenBy === 'profile' ? 'security in the profile' : 'give a profile with security in the place of brokers'
  return `check that a Kafka listens there, and whether it asks for TLS or a login (${where})`
}
