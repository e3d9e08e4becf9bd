import type { TcpProxy } from '@x07-lab/msg-core/testing'
import type { Broker } from './live.ts'

/** Wraps a fault so that the test knows when it struck. */
type Strike = (fault: () => void) => () => void

/** Bytes of every seeded event, which neither protocol changes on its way. */
const event = Buffer.from('"customer":')
/** Class and method of a publisher confirm. */
const basicAck = Buffer.from([0, 60, 0, 80])

/** Resets the connection on which the next events leave; the broker gets none of the bytes of that moment. */
export function resetMidPublish(proxy: TcpProxy, strike: Strike): void {
  proxy.onChunk('toTarget', (chunk) => {
    if (!Buffer.from(chunk).includes(event)) return 'forward'
    proxy.onChunk('toTarget', undefined)
    strike(() => undefined)()
    return 'cut'
  })
}

/** Lets the next events pass and swallows what the broker answers to them, with its connection. */
export function loseConfirm(broker: Broker, proxy: TcpProxy, strike: Strike): void {
  let publisher = 0
  proxy.onChunk('toTarget', (chunk, { connection }) => {
    if (Buffer.from(chunk).includes(event)) publisher = connection
    return 'forward'
  })
  proxy.onChunk('toClient', (chunk, { connection }) => {
    if (connection !== publisher || (broker === 'amqp' && !Buffer.from(chunk).includes(basicAck))) return 'forward'
    proxy.onChunk('toTarget', undefined)
    proxy.onChunk('toClient', undefined)
    strike(() => undefined)()
    return 'cut'
  })
}
