import { checkSeal } from '@x07-lab/msg-core/format'
import { renderDelivery } from '../../cli/render.ts'
import { cassetteDelivery } from '../../delivery/feed.ts'
import { exitCodes } from '../../user-error.ts'
import { locate, openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** The delivery report of a cassette: of the driver port, and of what the inspect readers decode at the socket. */
export function delivery(root: string, file: string): CommandResult {
  using cassette = openLocated(root, file)
  const seal = checkSeal(cassette, locate(root, file))
  const report = cassetteDelivery(cassette, seal.kind === 'sealed' ? seal.seal : undefined)
  const { publishes, deliveries, pending, ok } = report
  const { total, redelivered, repeated, of_others: others } = deliveries
  const more = [
    ...(redelivered > 0 ? [`${redelivered} redelivered`] : []),
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    ...(others > 0 ? [`${others} of others`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ]
  return {
    document: report,
    lines: [
      `${ok ? 'delivered' : 'broken   '} ${file}: ${publishes.confirmed} confirmed, ${[`${total} deliveries`, ...more].join(', ')}`,
      ...renderDelivery(report),
    ],
    exitCode: ok ? exitCodes.ok : exitCodes.mismatch,
  }
}
