import type { ConsumeMessage } from 'amqplib'
import type { Timers } from '@x07-lab/msg-core/kit'
import type { RawDelivery } from '../wire/tap.ts'
import type { AckWindow } from './ack-window.ts'

/** A message the broker has sent and that is not settled, on the channel it must be settled on. */
export interface Unacked {
  readonly message: ConsumeMessage
  readonly raw: RawDelivery
  /** Its place among all that this consumer was sent; one that comes again keeps its place. */
  readonly position: number
  readonly acks: AckWindow
  /** Of a message of a stream. */
  readonly streamOffset?: bigint | undefined
}

/** What has been received and not handed out, in order, with the places of rejected messages kept free until they are back. */
export interface DeliveryQueue {
  /** Position of the next message, or undefined while there is none that may be handed out. */
  readonly next: number | undefined
  push(item: Unacked): void
  shift(): Unacked | undefined
  /** Keeps the place of a message that was given back to the broker, until it comes again or the time is up. */
  awaitReturn(item: Unacked): void
  /** Puts a message that was handed out back in its place. */
  giveBack(item: Unacked): void
  /** Empties it, places included. */
  drain(): readonly Unacked[]
}

/**
 * A rejected message goes back to the queue's front, and RabbitMQ sends it again at once where this consumer has room for it,
 * as it has: the message left one. It does not come where another consumer gets it, or where the broker drops it or moves it to a
 * dead-letter exchange; then the wait ends when the time is up and the broker has dealt with the reject.
 */
export interface ReturnWait {
  readonly timers: Timers
  readonly timeoutMs: number
  /** Resolves when the broker has dealt with the reject, for which a busy one may need longer than the time. */
  readonly answered: () => Promise<void>
  /** Something may be handed out that was not before. */
  readonly changed: () => void
}

interface Place {
  readonly item: Unacked
  back: Unacked | undefined
  readonly cancel: () => void
}

export function deliveryQueue({ timers, timeoutMs, answered, changed }: ReturnWait): DeliveryQueue {
  let items: Unacked[] = []
  let head = 0
  /** In the order of their positions. */
  let places: Place[] = []

  const first = (): Unacked | undefined => {
    const item = items[head]
    const place = places[0]
    if (place === undefined || (item !== undefined && item.position < place.item.position)) return item
    return place.back
  }
  const timeIsUp = async (place: Place): Promise<void> => {
    await answered()
    if (place.back !== undefined || !places.includes(place)) return
    places = places.filter((other) => other !== place)
    changed()
  }
  const keep = (place: Place): void => {
    const at = places.findIndex((other) => other.item.position > place.item.position)
    places.splice(at < 0 ? places.length : at, 0, place)
  }
  return {
    get next() {
      return first()?.position
    },
    push(item) {
      if (places.length > 0 && item.message.fields.redelivered) {
        const place = places.find(({ item: sent, back }) => back === undefined && isSame(sent, item))
        if (place !== undefined) {
          place.cancel()
          place.back = { ...item, position: place.item.position }
          return
        }
      }
      items.push(item)
    },
    shift() {
      const item = first()
      if (item === undefined) return undefined
      if (item === places[0]?.back) {
        places.shift()
        return item
      }
      head++
      // The prefetch bounds the array; it is let go of whenever it runs empty or is half done.
      if (head === items.length || (head > 1_024 && head * 2 > items.length)) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    awaitReturn(item) {
      const place: Place = { item, back: undefined, cancel: timers.after(timeoutMs, () => void timeIsUp(place)) }
      keep(place)
    },
    giveBack(item) {
      keep({ item, back: item, cancel: () => undefined })
    },
    drain() {
      const all = items.slice(head)
      for (const { back, cancel } of places) {
        cancel()
        if (back !== undefined) all.push(back)
      }
      items = []
      head = 0
      places = []
      return all
    },
  }
}

/** Whether one is the other come again. Headers are not compared: the broker counts deliveries in one. */
function isSame(sent: Unacked, again: Unacked): boolean {
  return (
    sent.message.fields.exchange === again.message.fields.exchange &&
    sent.raw.routingKey.equals(again.raw.routingKey) &&
    sent.message.content.equals(again.message.content)
  )
}
