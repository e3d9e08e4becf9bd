import { createHook, type HookCallbacks } from 'node:async_hooks'

/** Asynchronous resources of Node that end with one callback: requests to the file system, the resolver, the thread pool. */
const request = /REQ|JOB|QUERYWRAP|CONNECTWRAP|WRITEWRAP|SHUTDOWNWRAP/

/** Resources that may say something at any time until they are closed. */
const source: ReadonlySet<string> = new Set(['PROCESSWRAP', 'TCPWRAP', 'UDPWRAP', 'WORKER', 'ZLIB', 'HTTP2SESSION'])

/**
 * Counts what a program waits for beside timers and its brokers: files, names, sockets of its own, children, the thread pool.
 * While there is any, time must not jump. Node tells of it by `async_hooks`; what a native addon does in the thread pool
 * nobody tells.
 */
export class PendingWork {
  readonly #ids = new Map<number, 'request' | 'source'>()
  readonly #hook

  constructor() {
    const callbacks: HookCallbacks & { trackPromises: boolean } = {
      // Node 24 does not know it, and is slower for it.
      trackPromises: false,
      init: (id, type) => {
        if (source.has(type)) this.#ids.set(id, 'source')
        else if (request.test(type)) this.#ids.set(id, 'request')
      },
      after: (id) => {
        if (this.#ids.get(id) === 'request') this.#ids.delete(id)
      },
      destroy: (id) => void this.#ids.delete(id),
    }
    this.#hook = createHook(callbacks).enable()
  }

  get any(): boolean {
    return this.#ids.size > 0
  }

  /** A handle that will never be used: that of a socket which is played. */
  forget(handle: unknown): void {
    const { getAsyncId, _parent: parent } = (handle ?? {}) as { getAsyncId?: () => number; _parent?: unknown }
    if (getAsyncId !== undefined) this.#ids.delete(getAsyncId.call(handle))
    if (parent !== undefined && parent !== null) this.forget(parent)
  }

  stop(): void {
    this.#hook.disable()
  }
}
