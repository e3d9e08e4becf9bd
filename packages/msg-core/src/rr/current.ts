import { AsyncLocalStorage } from 'node:async_hooks'

import type { RrHandle } from './handle.ts'

interface Scope {
  handle: RrHandle | undefined
}

// The one piece of state that is not handed in: which scope a task runs in is what the runtime itself keeps for it.
const scopes = new AsyncLocalStorage<Scope>()

/**
 * The handle of the innermost `withPolicy` or `withConfig` scope that the calling task runs in; undefined outside of all,
 * and after the scope's own handle was closed within it. Tasks do not see each other's scopes.
 */
export function currentCassette(): RrHandle | undefined {
  return scopes.getStore()?.handle
}

/** Runs `body` with `handle` as the current one; what was current before is current again afterwards. */
export function runInScope<Result>(handle: RrHandle, body: () => Result): Result {
  return scopes.run({ handle }, body)
}

/** A handle is being closed: if it is the current one, there is none any more. */
export function leaveCurrent(handle: RrHandle): void {
  const scope = scopes.getStore()
  if (scope?.handle === handle) scope.handle = undefined
}
