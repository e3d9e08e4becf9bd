import { expect, it } from 'vitest'

import { rrSend, withConfig } from '../../src/rr/index.ts'
import { configOf, MIB, rootWithLarge } from './rr-samples.ts'

it('a response of 1 GiB passes in constant memory', () =>
  withConfig(
    configOf('replay_v1'),
    async () => {
      let [length, most, chunks] = [0, 0, 0]
      let last = new Uint8Array()
      const before = process.memoryUsage().arrayBuffers
      for await (const chunk of rrSend('K')) {
        length += chunk.length
        last = Uint8Array.from(chunk)
        if (chunks++ % 64 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }
      expect(length).toBe(1024 * MIB + 3)
      expect(Buffer.from(last).toString()).toBe('END')
      // Chunks that were read and not yet collected count as well.
      expect(most).toBeLessThan(256 * MIB)
    },
    { root: rootWithLarge(1024 * MIB) },
  ))
