import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestNode, systemDeps } from '../../src/brokers/index.ts'
import { createProject } from '../support/project.ts'
import { brokers, freshNames, openLab } from './support/live.ts'
import { probed, type Probes } from './support/probed.ts'
import { expectNothingLost } from './support/run.ts'
import { at, shifted } from './support/seed.ts'

const repo = join(import.meta.dirname, '../../../..')

for (const broker of brokers) {
  const folder = await mkdtemp(join(tmpdir(), `lab-killed-${broker}-`))
  const started = await startTestNode(broker, folder, systemDeps({ env: process.env, repo }))
  if ('missing' in started) console.log(`skipped: no ${broker} broker of its own to kill: ${started.missing}`)

  afterAll(async () => {
    if ('node' in started) await started.node.stop()
    await rm(folder, { recursive: true, force: true })
  })

  describe.skipIf('missing' in started)(`${broker} killed with SIGKILL and started again during a recording`, () => {
    const moments: readonly (readonly [title: string, probes: (kill: () => void) => Probes])[] = [
      ['while publishing', (kill) => ({ confirmed: at(shifted(100), kill) })],
      ['while consuming', (kill) => ({ delivered: at(shifted(250), kill) })],
    ]

    test.for(moments)('%s', async ([, probes]) => {
      if (!('node' in started)) throw new Error('there is no broker')
      const { node } = started
      using project = createProject()
      await using live = await openLab(broker, node.port, freshNames())
      let restarted: Promise<void> | undefined
      const kill = (): void => {
        restarted = node.kill().then(() => node.restart())
      }
      await expectNothingLost({ project, broker, driver: probed(live, probes(kill)) })
      expect(restarted).toBeDefined()
      await restarted
    })
  })
}
