/** `x07.arch.rr.policy@0.1.0`, as far as rules look at it. */
export interface RrPolicyFile {
  id: string
  budgets: Record<'max_cassette_bytes' | 'max_entries' | 'max_req_bytes' | 'max_resp_bytes' | 'max_key_bytes', number>
}

/** `x07.arch.msg.kafka.profile@0.1.0`. */
export interface KafkaProfileFile {
  id: string
  bootstrap: string[]
  security?: {
    sasl_mode?: 'none_v1' | 'plain_v1' | 'scram_v1'
    tls?: boolean
    username_secret_id?: string
    password_secret_id?: string
  }
  limits: { max_message_bytes: number; max_poll_items: number; max_poll_wait_ms: number }
}

/** `x07.arch.msg.amqp.profile@0.1.0`. */
export interface AmqpProfileFile {
  id: string
  host: string
  port: number
  vhost: string
  auth?: { username_secret_id?: string; password_secret_id?: string }
  limits: { max_body_bytes: number; prefetch_count: number; max_poll_items: number }
}

/** `x07.arch.msg.amqp.topology@0.1.0`. */
export interface TopologyFile {
  id: string
  exchanges: { name: string; type: string }[]
  queues: { name: string }[]
  bindings: { exchange: string; queue: string; routing_key: string }[]
}

/** `x07.obs.metrics.registry@0.1.0`. */
export interface RegistryFile {
  metrics: {
    id: string
    type: 'counter_u64_v1' | 'gauge_f64_v1' | 'histogram_f64_v1'
    unit: string
    labels: string[]
    histogram_buckets?: number[]
  }[]
}

/** `x07.obs.exporter.profile@0.1.0`. */
export interface ExporterFile {
  id: string
  cfg: { endpoint: string; headers?: { k: string; v: string }[] }
}
