import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PipelineWork } from '../../src/pipeline/pipeline.ts'
import { createProject, type Project } from '../support/project.ts'
import { brokers, freshNames, isLive, livePorts, openLab, type LabDriver } from './support/live.ts'
import { expectNothingLost } from './support/run.ts'
import { faultSeed, messages, shifted } from './support/seed.ts'
import { stoppingConsumer } from './support/stopping.ts'
import { throwingOnTenth } from './support/throwing.ts'

for (const broker of brokers) {
  describe.skipIf(!(await isLive(broker)))(`a consumer of ${broker} that fails during a recording`, () => {
    let project: Project
    let live: LabDriver
    let open: () => Promise<LabDriver>

    beforeEach(async () => {
      project = createProject()
      const physical = freshNames()
      open = () => openLab(broker, livePorts[broker], physical)
      live = await open()
    })

    afterEach(async () => {
      project[Symbol.dispose]()
      await live.close()
      await using cleaner = await open()
      await cleaner.removeTopology()
    })

    test('it stops between delivery and settling: the message comes again and is counted apart', async () => {
      const driver = stoppingConsumer(live, open, shifted(200))
      expect(await expectNothingLost({ project, broker, driver })).toBe(1)
    })

    test('its handler throws on every tenth message: each comes again, in its place', async () => {
      let thrown = 0
      const work = (): PipelineWork => throwingOnTenth(faultSeed, () => thrown++)
      expect(await expectNothingLost({ project, broker, driver: live, work })).toBe(0)
      // In the recording and in its replay; what comes again counts as well.
      expect(thrown).toBeGreaterThanOrEqual(2 * Math.floor(messages / 10))
    })
  })
}
