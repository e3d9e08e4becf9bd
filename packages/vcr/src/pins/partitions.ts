import { webcrypto } from 'node:crypto'

import type { Patches } from '../seam/patches.ts'

/** What kafkajs draws for each topic, in bytes. */
const drawn = 32

/** Where it draws them. */
const partitioner = /\/kafkajs\/[^\n]*\/partitioners\//

/**
 * Makes kafkajs give the messages of a topic that have no key to its partitions from the first one on, in recordings and replays
 * alike: it begins at a random one, so that without pins a message went elsewhere in each run. Which one comes first is as good
 * as any other. Nobody else's random values change; a kafkajs that is bundled into one file is not known by its path and
 * needs pins.
 */
export function startAtFirstPartition(patches: Patches): void {
  const draw = webcrypto.getRandomValues.bind(webcrypto)
  patches.put(webcrypto, {
    getRandomValues: <View extends ArrayBufferView>(view: View): View => {
      // Most calls are not for 32 bytes, and need no stack.
      if (view?.byteLength !== drawn || !isPartitioner(new Error().stack)) return draw(view as never)
      new Uint8Array(view.buffer, view.byteOffset, drawn).fill(0)
      return view
    },
  })
}

function isPartitioner(stack = ''): boolean {
  const [, , caller = ''] = stack.split('\n')
  return partitioner.test(caller.replaceAll('\\', '/'))
}
