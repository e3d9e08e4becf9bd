import { syncBuiltinESMExports } from 'node:module'

/** Properties of Node's own objects that are replaced, so that they can be put back. */
export class Patches {
  #undo: (() => void)[] = []

  /** Replaces properties of an object; those who import them by name get the new ones. */
  put(target: object, properties: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(properties)) {
      const before = Object.getOwnPropertyDescriptor(target, name)
      Object.defineProperty(target, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: before?.enumerable ?? true,
      })
      this.onUndo(() => {
        if (before === undefined) Reflect.deleteProperty(target, name)
        else Object.defineProperty(target, name, before)
      })
    }
    syncBuiltinESMExports()
  }

  /** Something else that is to be done when all is put back. */
  onUndo(act: () => void): void {
    this.#undo.unshift(act)
  }

  /** Puts back what was there, the last first. Again is harmless. */
  undo(): void {
    for (const act of this.#undo.splice(0)) act()
    syncBuiltinESMExports()
  }
}
