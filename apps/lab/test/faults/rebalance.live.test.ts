import type { Driver } from '@x07-lab/msg-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'
import { freshNames, isLive, livePorts, openLab, type LabDriver } from './support/live.ts'
import { probed } from './support/probed.ts'
import { expectNothingLost } from './support/run.ts'
import { shifted } from './support/seed.ts'

describe.skipIf(!(await isLive('kafka')))('a consumer group divided anew during a recording', () => {
  let project: Project
  let first: LabDriver
  let second: LabDriver

  beforeEach(async () => {
    project = createProject()
    const physical = freshNames()
    first = await openLab('kafka', livePorts.kafka, physical)
    second = await openLab('kafka', livePorts.kafka, physical)
  })

  afterEach(async () => {
    project[Symbol.dispose]()
    await first.close()
    await second.removeTopology()
    await second.close()
  })

  /** Joins the group, takes one delivery without settling it, and leaves. */
  async function joinAndLeave(driver: Driver): Promise<void> {
    for await (const _ of driver.deliveries()) break
    await driver.close()
  }

  test('a second consumer joins, takes messages it never settles, and leaves: nothing is lost or overtaken', async () => {
    const joining = shifted(100)
    let gone: Promise<void> | undefined
    const driver = probed(first, {
      async delivered(count) {
        if (count === joining) gone = joinAndLeave(second)
        // Not many more before the group is divided anew: messages are left for both.
        if (count === joining + 50) await gone
      },
    })
    await expectNothingLost({ project, broker: 'kafka', driver })
    expect(gone).toBeDefined()
    await gone
  })
})
