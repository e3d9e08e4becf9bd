import { existsSync } from 'node:fs'
import { startTcpProxy, type TcpProxy } from '@x07-lab/msg-core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reportError } from '../../src/cli/report-error.ts'
import { verify } from '../../src/commands/cassette/verify.ts'
import { createProject, type Project } from '../support/project.ts'
import { brokers, freshNames, isLive, livePorts, openLab, type Changes } from './support/live.ts'
import { probed, type Probes } from './support/probed.ts'
import { recordedWork } from './support/recorded-work.ts'
import { recordFaulty } from './support/run.ts'
import { at, shifted } from './support/seed.ts'

/** Given up within a second or two. */
const impatient: Changes = {
  amqp: { retry: { attempts: 3, firstDelayMs: 10, maxDelayMs: 20 } },
  kafka: { retry: { giveUpAfterMs: 1_000 } },
}

/** What each driver says when it gives up. */
const givenUp = {
  amqp: /^open broker local_amqp_v1 at 127\.0\.0\.1:\d+: .+; given up after 3 attempts$/,
  kafka:
    /^(?:publish to|consume from) local_kafka_v1: .+; tried for \d+ s; start the broker or check its address, or raise retry\.giveUpAfterMs$/,
} as const

const kept = /; what was recorded until then is in \.x07_rr\/(lab\.[0-9a-f]{8}\.partial\.rrbin)$/

for (const broker of brokers) {
  describe.skipIf(!(await isLive(broker)))(`a connection to ${broker} that is gone for longer than the retries`, () => {
    let project: Project
    let proxy: TcpProxy

    beforeEach(async () => {
      project = createProject()
      proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: livePorts[broker] } })
    })

    afterEach(async () => {
      project[Symbol.dispose]()
      await proxy.close()
    })

    const goAway = (): void => {
      proxy.refuse()
      proxy.cut()
    }

    const moments: readonly (readonly [title: string, probes: Probes])[] = [
      ['while publishing', { confirmed: at(shifted(100), goAway) }],
      ['while consuming', { delivered: at(shifted(150), goAway) }],
    ]

    test.for(moments)('%s: exit code 3, one line, and a cassette of everything until then', async ([, probes]) => {
      const physical = freshNames()
      await using cleaner = await openLab(broker, livePorts[broker], physical)
      await using live = await openLab(broker, proxy.port, physical, impatient)
      const seen = { confirmed: 0, settled: 0 }
      const driver = probed(live, {
        ...probes,
        confirmed(count) {
          seen.confirmed = count
          probes.confirmed?.(count)
        },
        settled: (count) => (seen.settled = count),
      })
      const error = await recordFaulty({ project, broker, driver }).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      await cleaner.removeTopology()

      const { line, exitCode } = reportError(error)
      expect(exitCode).toBe(3)
      expect(line).toMatch(kept)
      const [told = '', partial = ''] = kept.exec(line) ?? []
      const failure = line.slice(0, -told.length)
      expect(failure).toMatch(givenUp[broker])
      expect(failure).not.toContain('\n')

      const work = recordedWork(project.root, partial, driver.wire)
      expect(work.confirmed.length).toBe(seen.confirmed)
      expect(work.acked.length).toBe(seen.settled)
      expect(seen.confirmed + seen.settled).toBeGreaterThan(0)
      // The beginning of the work, without a gap: what was confirmed, and what failed with the connection.
      const begun = [...work.confirmed, ...work.failed].sort((a, b) => a - b)
      expect(begun).toEqual(begun.map((_, index) => index))
      expect(new Set(work.acked).isSubsetOf(new Set(begun))).toBe(true)

      // Half a run is kept for looking at, and is no cassette.
      expect(verify(project.root, [partial]).exitCode).not.toBe(0)
      expect(existsSync(project.path('.x07_rr', 'lab.rrbin'))).toBe(false)
    })
  })
}
