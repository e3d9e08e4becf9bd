// Node finds only the first few names of this CommonJS module; the default import has them all.
import kafkajs, { type Admin } from 'kafkajs'

/**
 * What a broker says of its version: Kafka has no request for it, but brokers up to 3.x name the version of their protocol
 * among their settings. Undefined for the others, and where reading settings is not allowed.
 */
export async function brokerVersionOf(admin: Admin): Promise<string | undefined> {
  const { brokers } = await admin.describeCluster()
  const name = String(brokers[0]?.nodeId ?? 0)
  try {
    const configNames = ['inter.broker.protocol.version']
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name, configNames }],
    })
    const value = resources[0]?.configEntries[0]?.configValue
    return value === undefined || value === null ? undefined : `protocol ${value}`
  } catch {
    return undefined
  }
}
