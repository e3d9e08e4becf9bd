import { readMethod, type Method } from '../protocol/index.ts'
import { stored } from './confirms.ts'
import type { StoredCommand } from './stored.ts'

/**
 * What a broker would most likely answer to a call that the recording does not have, so that the program goes on and all that
 * it does otherwise is seen in one run. Undefined for what has no answer.
 */
export function madeUpAnswer(command: StoredCommand): StoredCommand | undefined {
  const method = readMethod(command.method)
  const answer = answerTo(method)
  return answer && stored(answer)
}

function answerTo({ name, args }: Method): Method | undefined {
  if ('noWait' in args && args.noWait) return undefined
  switch (name) {
    case 'channel.open':
      return { name: 'channel.open-ok', args: { channelId: '' } }
    case 'queue.declare':
      return {
        name: 'queue.declare-ok',
        args: { queue: args.queue || 'amq.gen-vcr', messageCount: 0, consumerCount: 0 },
      }
    case 'queue.purge':
      return { name: 'queue.purge-ok', args: { messageCount: 0 } }
    case 'queue.delete':
      return { name: 'queue.delete-ok', args: { messageCount: 0 } }
    case 'basic.consume':
      return { name: 'basic.consume-ok', args: { consumerTag: args.consumerTag || 'amq.ctag-vcr' } }
    case 'basic.cancel':
      return { name: 'basic.cancel-ok', args: { consumerTag: args.consumerTag } }
    case 'basic.get':
      return { name: 'basic.get-empty', args: { clusterId: '' } }
    case 'channel.flow':
      return { name: 'channel.flow-ok', args: { active: args.active } }
    case 'channel.close':
    case 'connection.close':
    case 'exchange.declare':
    case 'exchange.delete':
    case 'exchange.bind':
    case 'exchange.unbind':
    case 'queue.bind':
    case 'queue.unbind':
    case 'basic.qos':
    case 'basic.recover':
    case 'confirm.select':
    case 'tx.select':
    case 'tx.commit':
    case 'tx.rollback':
    case 'connection.update-secret':
      return { name: `${name}-ok`, args: {} }
    default:
      return undefined
  }
}
