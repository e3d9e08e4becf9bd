import crypto from 'node:crypto'
import os from 'node:os'

import type { Patches } from '../seam/patches.ts'
import type { Realm } from './replace-date.ts'
import { callingPackage, Streams } from './streams.ts'

/** What a program has of its own, fixed for a recording and all its replays. */
export interface Pins {
  readonly seed: string
  readonly pid: number
  readonly hostname: string
  readonly networkInterfaces: ReturnType<typeof os.networkInterfaces>
}

/** What a recording pins: a new seed, and the facts of this process. */
export function freshPins(): Pins {
  return {
    seed: crypto.randomBytes(16).toString('hex'),
    pid: process.pid,
    hostname: os.hostname(),
    networkInterfaces: os.networkInterfaces(),
  }
}

/**
 * Pins `Math.random`, crypto's random functions, `process.pid`, `os.hostname` and `os.networkInterfaces`. For the clock see
 * `clock.ts`.
 */
export function pin(
  { seed, pid, hostname, networkInterfaces }: Pins,
  realms: readonly Realm[],
  patches: Patches,
): void {
  const streams = new Streams(seed)
  const draw = (name: string, count: number): Buffer =>
    streams.bytes(`${name} ${callingPackage(new Error().stack ?? '')}`, count)
  const fill = <View extends ArrayBufferView>(
    name: string,
    view: View,
    offset = 0,
    size = view.byteLength - offset,
  ): View => {
    new Uint8Array(view.buffer, view.byteOffset + offset, size).set(draw(name, size))
    return view
  }
  const put = patches.put.bind(patches)
  const uuid = (): string => {
    const bytes = draw('randomUUID', 16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }
  const fraction = (name: string): number => Number(draw(name, 8).readBigUInt64BE() >> 11n) / 2 ** 53
  for (const realm of realms) put(realm.Math, { random: () => fraction('Math.random') })
  put(crypto, {
    randomBytes: (size: number, done?: (error: null, bytes: Buffer) => void) => {
      const bytes = Buffer.from(draw('randomBytes', size))
      if (done === undefined) return bytes
      process.nextTick(done, null, bytes)
      return undefined
    },
    randomUUID: uuid,
    randomFillSync: (view: ArrayBufferView, offset?: number, size?: number) =>
      fill('randomFillSync', view, offset, size),
    randomFill: (view: ArrayBufferView, ...rest: (number | ((error: null, view: ArrayBufferView) => void))[]) => {
      const [offset, size] = rest.filter((one) => typeof one === 'number')
      const done = rest.find((one) => typeof one === 'function')
      fill('randomFill', view, offset, size)
      if (done !== undefined) process.nextTick(done, null, view)
    },
    randomInt: (low: number, ...rest: (number | ((error: null, value: number) => void))[]) => {
      const [high] = rest.filter((one) => typeof one === 'number')
      const done = rest.find((one) => typeof one === 'function')
      const [from, to] = high === undefined ? [0, low] : [low, high]
      const value = from + Math.floor(fraction('randomInt') * (to - from))
      if (done === undefined) return value
      process.nextTick(done, null, value)
      return undefined
    },
  })
  // The module's own of this name is a getter of it.
  put(crypto.webcrypto, { getRandomValues: (view: ArrayBufferView) => fill('getRandomValues', view), randomUUID: uuid })
  put(os, { hostname: () => hostname, networkInterfaces: () => structuredClone(networkInterfaces) })
  // A kill of oneself goes by the real one.
  const real = process.pid
  const kill = process.kill.bind(process)
  put(process, {
    pid,
    kill: (target: number, signal?: string | number) => kill(target === pid ? real : target, signal),
  })
}
