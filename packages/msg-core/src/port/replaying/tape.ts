/** What the player reads of a cassette: positions, never contents. An entry is known by its index in file order. */
export interface Tape {
  /** Number of entries. */
  readonly count: number
  /**
   * The place of the entry's begin in the one counter over begins and ends of all entries, or undefined where the
   * cassette does not say (X07's own do not).
   */
  begin(entry: number): number | undefined
  /** What the entry is for this program. */
  role(entry: number): Role
}

/**
 * - `call`: begun by the program, ended by the broker's answer (a publish);
 * - `delivery`: begun by the broker, ended by the program's settle;
 * - `none`: not the program's business (results, seal, other endpoints).
 */
export type Role = 'call' | 'delivery' | 'none'

/** One half of an entry. Begin of a call and end of a delivery are the program's, the other two are the broker's. */
export interface TapeEvent {
  readonly entry: number
  readonly half: 'begin' | 'end'
  readonly role: 'call' | 'delivery'
}
