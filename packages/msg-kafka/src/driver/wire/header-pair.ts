/** One header as Kafka carries it: names repeat, order counts, and a value is bytes or null. */
export interface HeaderPair {
  readonly key: string
  readonly value: Buffer | string | null
}
