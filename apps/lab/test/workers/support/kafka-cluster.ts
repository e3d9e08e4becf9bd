import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTestNode, systemDeps } from '../../../src/brokers/index.ts'
import { freePort } from '../../../src/brokers/process/free-port.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..', '..')

/** Several brokers of Apache Kafka on this machine that hold each other's copies: one can be killed. */
interface KafkaCluster extends AsyncDisposable {
  readonly ports: readonly number[]
  /** SIGKILL to one of them, by its number from 0. */
  readonly kill: (node: number) => Promise<void>
}

/**
 * Starts the brokers, each a controller too, with three copies of every partition.
 *
 * @param folder empty; the caller removes it
 * @returns the cluster, or why this machine cannot run one
 */
export async function startKafkaCluster(folder: string): Promise<KafkaCluster | { readonly missing: string }> {
  const ids = [1, 2, 3]
  const controllers = await Promise.all(ids.map(() => freePort()))
  const voters = ids.map((id, at) => `${id}@127.0.0.1:${controllers[at]}`).join(',')
  // Each has the settings of the lab's own broker, but for what makes them a cluster. All at once: one alone has no quorum.
  const started = await Promise.all(
    ids.map((id, at) => {
      const repo = join(folder, `settings-${id}`)
      cpSync(join(repository, 'brokers'), join(repo, 'brokers'), { recursive: true })
      const file = join(repo, 'brokers/kafka/server.properties')
      const settings = readFileSync(file, 'utf8').replaceAll('@controller_port@', String(controllers[at]))
      const own = [
        `node.id=${id}`,
        `controller.quorum.voters=${voters}`,
        'default.replication.factor=3',
        'min.insync.replicas=2',
      ]
      const topics = ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic']
      const copies = topics.map((name) => `${name}.replication.factor=3`)
      // Of two lines for one setting Kafka takes the last.
      writeFileSync(file, [settings, ...own, ...copies, ''].join('\n'))
      return startTestNode('kafka', join(folder, `node-${id}`), systemDeps({ env: process.env, repo }))
    }),
  )
  const nodes = started.flatMap((one) => ('node' in one ? [one.node] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  const missing = started.find((one) => 'missing' in one)
  if (missing !== undefined) {
    await stop()
    return missing
  }
  return {
    ports: nodes.map(({ port }) => port),
    kill: (node) => nodes[node]?.kill() ?? Promise.reject(new RangeError(`there is no broker ${node}`)),
    [Symbol.asyncDispose]: stop,
  }
}
