import { openCassette, RrError } from '@x07-lab/msg-core'
import { lane, laneConfig, type LaneMatchMode } from './lane.ts'

/** A program of its own: drains the lane through rr and prints how many entries there were. `drain.ts ROOT MATCH_MODE`. */
const [root = '', matchMode = 'lookup_v1'] = process.argv.slice(2)
const handle = await openCassette(laneConfig(matchMode as LaneMatchMode), { root, readOnly: true })
let count = 0
try {
  for (;;) {
    await handle.next(lane.kind, lane.op, lane.key)
    count++
  }
} catch (error) {
  if (!(error instanceof RrError && error.code === 2009)) throw error
}
handle.close()
process.stdout.write(`${count}\n`)
