/** Record a program's Kafka and RabbitMQ connections once, replay them without a broker. */
export { vcr, type SocketFactoryOptions, type Tape, type TapeOptions } from './tape.ts'
export type { NotUnderstood, SessionReport } from './session/session.ts'
