import { basename } from 'node:path'

/** Names of addons that bring a broker's client of their own, which opens its sockets where Node does not see them. */
const clients = /rdkafka|confluent-kafka|qpid|pulsar/i

/**
 * Notices that the program loads a native client.
 *
 * @param loaded told the file's name, before it is loaded
 */
export function watchNativeClients(loaded: (name: string) => void): void {
  const dlopen = process.dlopen.bind(process) as (...args: unknown[]) => void
  process.dlopen = (...args: unknown[]) => {
    const [, path] = args
    if (typeof path === 'string' && clients.test(path)) loaded(basename(path))
    dlopen(...args)
  }
}
