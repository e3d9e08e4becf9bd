import { describe, expect, it } from 'vitest'

import { createVirtualClock, currentCassette, openCassette, withConfig } from '../../src/rr/index.ts'
import type { RrHandle } from '../../src/rr/index.ts'
import { entryDocument } from '../format/cassette/samples.ts'
import { configOf, outcome, rootWith } from './rr-samples.ts'

const replay = configOf('replay_v1')
const isOpen = async (handle: RrHandle | undefined) => (await outcome(() => handle?.stats())) !== 'rr invalid handle'

describe('withConfig', () => {
  it('gives the value of its body, sync or not, and closes', async () => {
    const root = rootWith([entryDocument()])
    const handles: RrHandle[] = []
    expect(await withConfig(replay, (handle) => handles.push(handle), { root })).toBe(1)
    expect(await withConfig(replay, async (handle) => handles.push(handle), { root })).toBe(2)
    expect(await Promise.all(handles.map(isOpen))).toEqual([false, false])
  })

  it('is the current cassette for its body and all that it awaits, and for nothing else', async () => {
    const root = rootWith([entryDocument()])
    expect(currentCassette()).toBeUndefined()
    await withConfig(
      replay,
      async (handle) => {
        expect(currentCassette()).toBe(handle)
        await Promise.resolve()
        expect(currentCassette()).toBe(handle)
      },
      { root },
    )
    expect(currentCassette()).toBeUndefined()
  })

  it('shadows an outer scope, which is current again afterwards and usable throughout', async () => {
    const root = rootWith([entryDocument()])
    await withConfig(
      replay,
      async (outer) => {
        await withConfig(
          replay,
          async (inner) => {
            expect(currentCassette()).toBe(inner)
            expect(await isOpen(outer)).toBe(true)
          },
          { root },
        )
        expect(currentCassette()).toBe(outer)
      },
      { root },
    )
  })

  it('keeps the scopes of concurrent tasks apart', async () => {
    const root = rootWith([entryDocument()])
    const clock = createVirtualClock()
    const task = (before: number, within: number) => async () => {
      await clock.wait(before)
      return withConfig(
        replay,
        async (handle) => {
          await clock.wait(within)
          return currentCassette() === handle
        },
        { root },
      )
    }
    expect(await Promise.all([task(0, 10)(), task(1, 20)(), task(2, 3)()])).toEqual([true, true, true])
    expect(currentCassette()).toBeUndefined()
  })

  it('has no current cassette once its own handle was closed within', async () => {
    await withConfig(
      replay,
      (handle) => {
        handle.close()
        expect(currentCassette()).toBeUndefined()
      },
      { root: rootWith([entryDocument()]) },
    )
  })

  it('closes when its body throws, and throws what the body threw', async () => {
    let kept: RrHandle | undefined
    const failing = withConfig(
      replay,
      async (handle) => {
        kept = handle
        throw new Error('mine')
      },
      { root: rootWith([entryDocument()]) },
    )
    await expect(failing).rejects.toThrow('mine')
    expect(await isOpen(kept)).toBe(false)
  })

  it('closes and rejects at once when its signal aborts, whatever the body still waits for', async () => {
    const controller = new AbortController()
    let kept: RrHandle | undefined
    const scope = withConfig(
      replay,
      (handle) => {
        kept = handle
        return new Promise<never>(() => {})
      },
      { root: rootWith([entryDocument()]), signal: controller.signal },
    )
    const started = Promise.withResolvers<void>()
    setImmediate(started.resolve)
    await started.promise
    expect(await isOpen(kept)).toBe(true)
    controller.abort(new Error('stop'))
    await expect(scope).rejects.toThrow('stop')
    expect(await isOpen(kept)).toBe(false)
  })

  it('ends for a signal that its body aborts at once', async () => {
    const controller = new AbortController()
    const scope = withConfig(
      replay,
      () => {
        controller.abort(new Error('stop'))
        return new Promise<never>(() => {})
      },
      { root: rootWith([entryDocument()]), signal: controller.signal },
    )
    await expect(scope).rejects.toThrow('stop')
  })

  it('opens nothing for a signal that has aborted before', async () => {
    const scope = withConfig(replay, () => 1, { root: rootWith(), signal: AbortSignal.abort(new Error('stop')) })
    await expect(scope).rejects.toThrow('stop')
  })

  it('does not run its body where the cassette cannot be opened', async () => {
    let ran = false
    expect(await outcome(() => withConfig(replay, () => (ran = true), { root: rootWith() }))).toBe(2002)
    expect(ran).toBe(false)
  })

  it('leaves a handle opened inside it open', async () => {
    const root = rootWith([entryDocument()])
    const inner = await withConfig(replay, () => openCassette(replay, { root }), { root })
    expect(inner.close()).toBe(true)
  })
})
