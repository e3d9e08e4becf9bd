/** AMQP at the socket: what is said over a connection, recorded and played. */
export { amqpProtocol } from './amqp-protocol.ts'
export { ops as amqpSocketOps } from './ops.ts'
export { decodeStored, type StoredCommand } from './stored.ts'
