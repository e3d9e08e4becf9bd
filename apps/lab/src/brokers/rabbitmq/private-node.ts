import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LaunchError, type NativeWay, type StartedNode } from '../launcher.ts'
import { freePort } from '../process/free-port.ts'
import type { ProcessIdentity } from '../process/identity.ts'
import { spawnDetached } from '../process/spawn-detached.ts'
import type { BrokerDeps } from '../types.ts'
import { rabbitmqConf, rabbitmqEnv, rabbitmqFolders } from './config.ts'
import { findRabbitmq, type RabbitmqPrograms } from './find.ts'

/** RabbitMQ as a node of its own: own name, cookie, port mapper, data and logs, apart from any system node. */
export const rabbitmqServer: NativeWay = {
  kind: 'amqp',
  way: 'rabbitmq-server',
  stopGraceMs: 30_000,
  find: async (deps) => {
    const programs = await findRabbitmq(deps)
    if (typeof programs === 'string') {
      const advice = "install RabbitMQ, on Debian and Ubuntu with 'apt-get install rabbitmq-server'"
      return { found: false, way: 'rabbitmq-server', reason: programs, advice }
    }
    return {
      found: true,
      launcher: { start: (folder, port, started) => startNode(programs, deps, folder, port, started) },
    }
  },
}

async function startNode(
  programs: RabbitmqPrograms,
  deps: BrokerDeps,
  folder: string,
  port: number,
  started: (processes: readonly ProcessIdentity[]) => Promise<void>,
): Promise<StartedNode> {
  const folders = rabbitmqFolders(folder)
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true, mode: 0o700 })
  const template = await readFile(join(deps.repo, 'brokers/rabbitmq/rabbitmq.conf'), 'utf8')
  await writeFile(join(folders.config, 'rabbitmq.conf'), rabbitmqConf(template, port))
  await writeFile(join(folders.config, 'rabbitmq-env.conf'), '')
  await copyFile(join(deps.repo, 'brokers/rabbitmq/enabled_plugins'), join(folders.config, 'enabled_plugins'))

  const epmdPort = await freePort()
  const ports = { amqp: port, distribution: await freePort(), epmd: epmdPort }
  const env = rabbitmqEnv(deps.env, folders, ports)
  // Started here and not by Erlang, which would leave a daemon behind that nobody ends.
  const epmd = await spawnDetached(programs.epmd, ['-address', '127.0.0.1', '-port', String(epmdPort)], {
    env,
    cwd: folder,
    logFile: join(folders.log, 'epmd.log'),
  })
  if (epmd === undefined) throw ended('epmd', folders.log)
  await started([epmd])
  const server = await spawnDetached(programs.server, ['-noinput'], {
    env,
    cwd: folder,
    logFile: join(folders.log, 'startup.log'),
  })
  if (server === undefined) throw ended('rabbitmq-server', folders.log)
  const processes = [server, epmd]
  await started(processes)
  return { processes, logFolder: folders.log }
}

function ended(program: string, logFolder: string): LaunchError {
  return new LaunchError(`${program} ended at once`, `its log is in ${logFolder}`)
}
