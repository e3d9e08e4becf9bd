import { openCassette, RrError } from '@x07-lab/msg-core/rr'

/**
 * A program of its own: drains one lane of a cassette and prints how many entries there were.
 * `drain ROOT CONFIG KIND OP KEY`, the configuration as the hex digits of its X7RC bytes, as X07's program takes it.
 */
const [root = '', config = '', kind = '', op = '', key = ''] = process.argv.slice(2)
const handle = await openCassette(Buffer.from(config, 'hex'), { root, readOnly: true })
let count = 0
try {
  for (;;) {
    await handle.next(kind, op, key)
    count++
  }
} catch (error) {
  if (!(error instanceof RrError && error.code === 2009)) throw error
}
handle.close()
process.stdout.write(`${count}\n`)
