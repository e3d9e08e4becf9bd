import type { RrConfig } from '@x07-lab/msg-core/rr'

/** The one lane of the cassette, and where that is. */
export const lane = {
  kind: 'rr',
  op: 'std.msg.amqp.publish_env_v1',
  key: 'local_amqp_v1',
  entries: 100_000,
  cassette: 'lane.rrbin',
} as const

export type LaneMatchMode = 'lookup_v1' | 'transcript_v1'

/** The configuration with which both programs open it. */
export function laneConfig(matchMode: LaneMatchMode): RrConfig {
  return {
    mode: 'replay_v1',
    matchMode,
    limits: {
      maxCassetteBytes: 1n << 32n,
      maxEntries: 1_000_000,
      maxReqBytes: 1 << 20,
      maxRespBytes: 1 << 20,
      maxKeyBytes: 1024,
    },
    path: lane.cassette,
  }
}
