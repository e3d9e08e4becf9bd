import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { findCommand } from '../process/find-command.ts'
import type { BrokerDeps } from '../types.ts'

/** The programs of a RabbitMQ installation, by full path. */
export type RabbitmqPrograms = { readonly server: string; readonly epmd: string }

/** Finds `rabbitmq-server` and the epmd of its Erlang, or says in words which of them is missing. */
export async function findRabbitmq(deps: BrokerDeps): Promise<RabbitmqPrograms | string> {
  const command = await findCommand('rabbitmq-server', deps.env, deps.searchFolders)
  if (command === undefined) return 'there is no rabbitmq-server command'
  const epmd = await findEpmd(deps)
  if (epmd === undefined) return 'there is a rabbitmq-server command but no epmd, the port mapper of its Erlang'
  return { server: await unwrap(command), epmd }
}

/**
 * Debian and RPM put a wrapper on `PATH` that hands over to the user `rabbitmq`, or refuses anybody but root. A private
 * node runs as whoever asked for it, with folders of their own, so the server beside the wrapper is called directly.
 */
async function unwrap(command: string): Promise<string> {
  const real = await realpath(command)
  if (basename(real) !== 'rabbitmq-script-wrapper') return command
  return (await findCommand('rabbitmq-server', {}, [dirname(real)])) ?? command
}

/** epmd is on `PATH` with distribution packages; other builds of Erlang keep it beside the emulator. */
async function findEpmd(deps: BrokerDeps): Promise<string | undefined> {
  const onPath = await findCommand('epmd', deps.env, deps.searchFolders)
  if (onPath !== undefined) return onPath
  const erl = await findCommand('erl', deps.env, deps.searchFolders)
  if (erl === undefined) return undefined
  const root = dirname(dirname(await realpath(erl)))
  const emulators = (await readdir(root).catch((): string[] => [])).filter((name) => name.startsWith('erts-'))
  return findCommand(
    'epmd',
    {},
    emulators.map((name) => join(root, name, 'bin')),
  )
}
