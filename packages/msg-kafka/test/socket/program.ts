import kafkajs, { type ISocketFactory } from 'kafkajs'

const { CompressionTypes, Kafka, logLevel } = kafkajs

/** What a changed program does otherwise. */
export interface Change {
  readonly group?: string
  readonly autoCommit?: boolean
  /** Messages to send; as many are waited for as were recorded. */
  readonly count?: number
  /** The numbers of the messages in the order in which they are sent, each after the answer to the one before. */
  readonly order?: readonly number[]
  /** Whether all are sent at once. */
  readonly atOnce?: boolean
  readonly value?: (nth: number) => string
  readonly clientId?: string
}

/** Messages of the program, the second half of them compressed. */
const messages = 6

/** A service: it makes a topic, sends to its three partitions, reads all of it in a group, and says what it saw. */
export async function runProgram(topic: string, socketFactory: ISocketFactory, change: Change = {}): Promise<string[]> {
  const out: string[] = []
  const kafka = new Kafka({
    clientId: change.clientId ?? 'orders',
    brokers: ['127.0.0.1:9092'],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 10 },
    socketFactory,
  })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  const send = async (nth: number): Promise<void> => {
    const value = change.value?.(nth) ?? JSON.stringify({ nth, total: 10 * nth })
    const message = { key: 'k', value, partition: nth % 3, headers: { kind: 'order' } }
    await producer.send({
      topic,
      compression: nth < 3 ? CompressionTypes.None : CompressionTypes.GZIP,
      messages: [message],
    })
  }
  const order = change.order ?? Array.from({ length: change.count ?? messages }, (_, nth) => nth)
  if (change.atOnce === true) await Promise.all(order.map(send))
  else for (const nth of order) await send(nth)
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: change.group ?? `${topic}-readers`, maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: change.autoCommit ?? true,
        eachMessage: ({ message, partition }) => {
          out.push(`${partition}:${message.offset}:${String(message.value)}`)
          if (out.length === messages) resolve()
          return Promise.resolve()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  out.push('bye')
  return out
}
