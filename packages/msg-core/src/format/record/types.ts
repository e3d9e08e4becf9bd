/** Who speaks on the wire, as the message record knows them. The in-memory driver imitates one of the two. */
export type Wire = 'kafka' | 'amqp'

/**
 * What a consumer says of a delivery: done with it; give it to me (or somebody) again; or never again. Discarded messages go
 * where the broker has a place for them (RabbitMQ's dead-letter exchange), else they are gone; a log such as Kafka's is read on.
 */
export type Outcome = 'ack' | 'reject' | 'discard'

/**
 * What a broker says of a message, flat and small: partition, offset, exchange, redelivered. 64 bit values are decimal
 * text. Nothing in it names a run, so that two recordings differ only where the broker did.
 */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>
