/** Why a file is no module of its language; thrown inside the readers and returned by them as data. */
export class ModuleFault extends Error {
  override readonly name = 'ModuleFault'
  /** JSON pointer to the offending value. */
  readonly pointer: string

  constructor(pointer: string, reason: string) {
    super(reason)
    this.pointer = pointer
  }
}
