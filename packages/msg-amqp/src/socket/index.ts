/** AMQP at the socket: what is said over a connection, recorded and played. */
export { amqpProtocol } from './amqp-protocol.ts'
