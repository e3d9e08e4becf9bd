/** A condition several waiters can wait on: `wait` resolves at the next `wake`. */
export interface Wakeup {
  wait(): Promise<void>
  wake(): void
}

export function wakeup(): Wakeup {
  let waiting: PromiseWithResolvers<void> | undefined
  return {
    wait() {
      waiting ??= Promise.withResolvers<void>()
      return waiting.promise
    },
    wake() {
      const woken = waiting
      waiting = undefined
      woken?.resolve()
    },
  }
}
