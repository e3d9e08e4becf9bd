import { readAmqpProfile, readAmqpTopology, type AmqpProfile, type AmqpTopology } from '../../src/index.ts'

/** A profile document as the contracts hold it, with some of its fields replaced. */
export function profile(over: Record<string, unknown> = {}): AmqpProfile {
  return readAmqpProfile({
    schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
    id: 'local_dev_v1',
    v: 1,
    host: '127.0.0.1',
    port: 5672,
    vhost: '/',
    limits: { max_body_bytes: 1_048_576, prefetch_count: 100, max_poll_items: 100 },
    ...over,
  })
}

/** One exchange that gives everything to one queue. */
export function topology(over: Record<string, unknown> = {}): AmqpTopology {
  return readAmqpTopology({
    schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
    id: 'app_v1',
    v: 1,
    exchanges: [{ name: 'lab.events', type: 'topic' }],
    queues: [{ name: 'lab.events' }],
    bindings: [{ exchange: 'lab.events', queue: 'lab.events', routing_key: '#' }],
    ...over,
  })
}
