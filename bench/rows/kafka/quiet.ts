/** kafkajs 2.2.4 starts timers with negative times, of which Node warns: no news, and not of the lab. */
const knownWarning = 'TimeoutNegativeWarning'

/** Runs `work` without that warning of kafkajs; all others are printed. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning') ?? {}
  const emit: unknown = before.value
  const quiet = (...args: readonly unknown[]): void => {
    if (args[1] !== knownWarning && typeof emit === 'function') Reflect.apply(emit, process, args)
  }
  Object.defineProperty(process, 'emitWarning', { ...before, value: quiet })
  try {
    return await work()
  } finally {
    Object.defineProperty(process, 'emitWarning', before)
  }
}
