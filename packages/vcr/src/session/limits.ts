import type { RrConfig } from '@x07-lab/msg-core/rr'
import { defaultLimits } from '@x07-lab/msg-core/run'

/**
 * Bounds of a cassette that is recorded at the socket: what a client sends and gets is there already, so that only the brokers'
 * own bounds make sense; RabbitMQ takes messages of up to 128 MiB as it is installed, 512 MiB at most.
 */
export const socketLimits: RrConfig['limits'] = {
  ...defaultLimits,
  maxReqBytes: 0x2100_0000,
  maxRespBytes: 0x2100_0000,
}

/** What {@link openRun} is told by every face of the socket. */
export const socketConfig = { limits: socketLimits, matchMode: 'lookup_v1' } as const
