import { createHook, type HookCallbacks } from 'node:async_hooks'
import { isMainThread, parentPort } from 'node:worker_threads'

/** Asynchronous resources of Node that end with one callback: requests to the file system, the resolver, the thread pool. */
const request = /REQ|JOB|QUERYWRAP|CONNECTWRAP|WRITEWRAP|SHUTDOWNWRAP/

/** Resources that may say something at any time until they are closed. */
const source: ReadonlySet<string> = new Set([
  'FSEVENTWRAP',
  'HTTP2SESSION',
  'STATWATCHER',
  'TCPWRAP',
  'UDPWRAP',
  'ZLIB',
])

/** Servers: whoever is outside may come at any time. */
const server: ReadonlySet<string> = new Set(['TCPSERVERWRAP', 'PIPESERVERWRAP'])

/**
 * Children: they end, or say something, when they have done their work. A thread of a pool is unreferenced while it idles; a pool
 * that waits for one has the port referenced on which it will answer.
 */
const child: ReadonlySet<string> = new Set(['PROCESSWRAP', 'WORKER', 'MESSAGEPORT'])

/** Pipes and terminals: of interest while the program reads from them, as from its standard input. */
const stream: ReadonlySet<string> = new Set(['PIPEWRAP', 'TTYWRAP'])

/** What Node keeps of a pipe, a terminal or a server; one that is unreferenced is waited for by nobody. */
interface Handle {
  readonly reading?: boolean
  hasRef?(): boolean
}

/**
 * Counts what a program waits for beside timers and its brokers: files, names, sockets and servers of its own, its standard
 * input, children, its parent, the thread pool. While there is any, time must not jump. Node tells of it by `async_hooks`; what
 * a native addon does in the thread pool nobody tells.
 */
export class PendingWork {
  readonly #ids = new Map<number, 'request' | 'source'>()
  readonly #servers = new Map<number, Handle>()
  readonly #children = new Map<number, Handle>()
  readonly #streams = new Map<number, Handle>()
  readonly #hook

  readonly #hearsParent: boolean

  /** @param withParent whether what the parent may send counts; it does not where that is a test runner */
  constructor(withParent: boolean) {
    this.#hearsParent = withParent
    const callbacks: HookCallbacks & { trackPromises: boolean } = {
      // Node 24 does not know it, and is slower for it.
      trackPromises: false,
      init: (id, type, _trigger, resource) => {
        if (source.has(type)) this.#ids.set(id, 'source')
        else if (server.has(type)) this.#servers.set(id, resource)
        else if (child.has(type)) this.#children.set(id, resource)
        else if (stream.has(type)) this.#streams.set(id, resource)
        else if (request.test(type)) this.#ids.set(id, 'request')
      },
      after: (id) => {
        if (this.#ids.get(id) === 'request') this.#ids.delete(id)
      },
      destroy: (id) => {
        this.#ids.delete(id)
        this.#servers.delete(id)
        this.#children.delete(id)
        this.#streams.delete(id)
      },
    }
    this.#hook = createHook(callbacks).enable()
  }

  get any(): boolean {
    return this.#ids.size > 0 || this.isOpenToOutside
  }

  /** Whether it is people or other programs whom it waits for, its own children among them: nobody knows for how long. */
  get isOpenToOutside(): boolean {
    if (this.#hearsParent && hearsParent()) return true
    for (const handles of [this.#servers, this.#children])
      for (const handle of handles.values()) if (isRef(handle)) return true
    for (const handle of this.#streams.values()) if (handle.reading === true && isRef(handle)) return true
    return false
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

function isRef(handle: Handle): boolean {
  return handle.hasRef?.() !== false
}

/** Whether the program waits for what its parent process, or the thread that started it, may send. */
function hearsParent(): boolean {
  if (!isMainThread) return parentPort?.hasRef() === true
  return process.connected && process.listenerCount('message') > 0
}
