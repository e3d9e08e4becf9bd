export { Player, type Offer, type PlayerOptions, type Release } from './player.ts'
export { Queue } from '../kit/queue.ts'
export type { Role, Tape, TapeEvent } from './tape.ts'
