import type { RrConfig } from './config.ts'
import { runInScope } from './current.ts'
import type { RrHandle } from './handle.ts'
import type { RrMode } from './modes.ts'
import { openCassette } from './open-cassette.ts'
import type { OpenOptions } from './open-cassette.ts'
import { loadPolicy } from './policy.ts'

/** How a scope is opened, and what ends it early. */
export interface ScopeOptions extends OpenOptions {
  /** Ends the scope when it aborts: the handle is closed at once and the scope rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** The folder that holds `arch/`, for policies; by default `root`. */
  readonly archRoot?: string
}

/**
 * Runs `body` with a cassette as the current one (`currentCassette`), for the body and all that it awaits. The handle is
 * closed and what was current before is current again when the body returns, throws, or `signal` aborts.
 *
 * @throws RrError where the cassette cannot be opened or what was appended not written; else what the body throws
 */
export async function withConfig<Result>(
  config: RrConfig | Uint8Array,
  body: (handle: RrHandle) => Result | Promise<Result>,
  options: ScopeOptions,
): Promise<Result> {
  options.signal?.throwIfAborted()
  // `using`: where both the body and the close fail, neither error is lost.
  using handle = await openCassette(config, options)
  return await untilAborted(
    runInScope(handle, async () => body(handle)),
    options.signal,
  )
}

/**
 * {@link withConfig} with the configuration made from `arch/rr` under the root, as X07's compiler makes it.
 *
 * @throws PolicyError where the policy does not give a configuration; else as `withConfig`
 */
export async function withPolicy<Result>(
  policyId: string,
  cassettePath: string,
  mode: RrMode,
  body: (handle: RrHandle) => Result | Promise<Result>,
  options: ScopeOptions,
): Promise<Result> {
  const config = await loadPolicy({ archRoot: options.archRoot ?? options.root, policyId, cassettePath, mode })
  return withConfig(config, body, options)
}

async function untilAborted<Result>(result: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return result
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    if (signal.aborted) abort()
    return await Promise.race([result, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
