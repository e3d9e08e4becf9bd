import { startTcpProxy, type TcpProxy } from '@x07-lab/msg-core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PipelineWork } from '../../src/pipeline/pipeline.ts'
import { createProject, type Project } from '../support/project.ts'
import { loseConfirm, resetMidPublish } from './support/chunks.ts'
import { brokers, freshNames, isLive, livePorts, openLab } from './support/live.ts'
import { probed, type Probes } from './support/probed.ts'
import { expectNothingLost } from './support/run.ts'
import { at, shifted } from './support/seed.ts'
import { throwingOnTenth } from './support/throwing.ts'

for (const broker of brokers) {
  describe.skipIf(!(await isLive(broker)))(`a connection to ${broker} that fails during a recording`, () => {
    let project: Project
    let proxy: TcpProxy
    /** Connections accepted when the fault struck. */
    let before: number

    beforeEach(async () => {
      project = createProject()
      proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: livePorts[broker] } })
      before = Number.POSITIVE_INFINITY
    })

    afterEach(async () => {
      project[Symbol.dispose]()
      await proxy.close()
    })

    /** Duplicates of a run through the proxy whose fault made at least one new connection necessary. */
    async function survive(probes: Probes, work?: () => PipelineWork): Promise<number> {
      const physical = freshNames()
      await using cleaner = await openLab(broker, livePorts[broker], physical)
      const live = await openLab(broker, proxy.port, physical)
      try {
        const duplicates = await expectNothingLost({
          project,
          broker,
          driver: probed(live, probes),
          ...(work && { work }),
        })
        // Closed by now: what it had still to tell the broker may have been all that was left to do.
        expect(proxy.accepted).toBeGreaterThan(before)
        return duplicates
      } finally {
        await live.close()
        await cleaner.removeTopology()
      }
    }

    const strike = (fault: () => void) => (): void => {
      before = proxy.accepted
      fault()
    }

    /** Nothing passes either way until somebody dials anew. */
    function stall(): void {
      proxy.stall('toClient')
      proxy.stall('toTarget')
      void proxy.waitForAccepted(proxy.accepted + 1).then(() => {
        proxy.resume('toClient')
        proxy.resume('toTarget')
        return undefined
      })
    }

    const faults: readonly (readonly [title: string, probes: () => Probes])[] = [
      [
        'reset in the middle of a publish',
        () => ({ confirmed: at(shifted(100), () => resetMidPublish(proxy, strike)) }),
      ],
      [
        'reset while confirming',
        () => ({
          confirmed: at(
            shifted(200),
            strike(() => proxy.cut()),
          ),
        }),
      ],
      [
        'reset while consuming',
        () => ({
          delivered: at(
            shifted(300),
            strike(() => proxy.cut()),
          ),
        }),
      ],
      [
        'half-open while publishing',
        () => ({
          confirmed: at(
            shifted(150),
            strike(() => proxy.halfOpen()),
          ),
        }),
      ],
      [
        'half-open while consuming',
        () => ({
          delivered: at(
            shifted(150),
            strike(() => proxy.halfOpen()),
          ),
        }),
      ],
      ['stalled longer than the heartbeat while publishing', () => ({ confirmed: at(shifted(250), strike(stall)) })],
      ['stalled longer than the heartbeat while consuming', () => ({ delivered: at(shifted(250), strike(stall)) })],
    ]

    test.for(faults)('%s', async ([, probes]) => {
      await survive(probes())
    })

    test('reset between a delivery and its rejection by a handler that throws', async () => {
      const point = Math.ceil(shifted(200) / 10) * 10
      const delivered = async (count: number): Promise<void> => {
        if (count !== point) return
        strike(() => proxy.cut())()
        await proxy.waitForAccepted(before + 1)
      }
      await survive({ delivered }, () => throwingOnTenth())
    })

    test('a confirm is lost, so that its message is sent twice', async () => {
      const duplicates = await survive({ confirmed: at(shifted(350), () => loseConfirm(broker, proxy, strike)) })
      // RabbitMQ keeps both; Kafka knows the second one by the producer's sequence number.
      if (broker === 'amqp') expect(duplicates).toBeGreaterThan(0)
    })
  })
}
