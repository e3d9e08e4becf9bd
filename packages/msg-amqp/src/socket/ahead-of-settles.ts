import type { Engine, PlaybackEvent } from '@x07-lab/msg-core/playback'
import { methodId } from '../protocol/index.ts'
import { isMultiple } from './matching.ts'
import type { PlayedConnection } from './played-connection.ts'
import { idOf, type StoredCommand } from './stored.ts'
import { classOf, type AmqpTape } from './tape.ts'

const deliver = methodId('basic.deliver')

/** Settles looked at: more than any channel has open. */
const maxSettles = 4_096

/**
 * The next delivery, where it waits for settles alone and the channel's prefetch lets it come before them: a program may settle
 * in another order, or later, and a broker does not mind. Undefined where it would, where a recorded settle is of several
 * deliveries, and where the broker's next command is not a delivery.
 */
export function deliveryAheadOfSettles(
  engine: Engine<StoredCommand>,
  tape: AmqpTape,
  connections: ReadonlyMap<number, PlayedConnection>,
): PlaybackEvent | undefined {
  const next = engine.cut.nextOfBroker()
  const to = next && tape.role(next.entry)
  if (to?.role !== 'server' || idOf(tape.command(next!.entry)) !== deliver) return undefined
  const awaited = engine.cut.waitingFor(maxSettles)
  if (awaited.length === 0 || awaited.length === maxSettles) return undefined
  let unsettled = 0
  for (const { entry } of awaited) {
    const role = tape.role(entry)
    const command = role?.role === 'client' ? tape.command(entry) : undefined
    if (command === undefined || classOf(idOf(command)) !== 'settle' || isMultiple(command)) return undefined
    if (role?.connection === to.connection && role.channel === to.channel) unsettled++
  }
  const prefetch = connections.get(to.connection)?.prefetch(to.channel) ?? 0
  return prefetch === 0 || unsettled < prefetch ? next : undefined
}
