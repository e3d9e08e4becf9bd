import type { Patches } from '../seam/patches.ts'

/**
 * Makes the `Date` of a realm tell another time. It lies here, where `callingPackage` passes over it: it is never
 * who asked.
 *
 * @param timeOf what it is, from the one that it told so far; both in milliseconds since 1970
 */
export function replaceDate(timeOf: (before: number) => number, realm: Realm, patches: Patches): void {
  const { Date: Before } = realm
  const now = (): number => timeOf(Before.now())
  const date = new Proxy(Before, {
    apply: () => new Before(now()).toString(),
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  })
  patches.put(realm, { Date: date })
  patches.put(Before.prototype, { constructor: date })
}

/** The globals of a program: this process's own, or those that a test runner gives its tests. */
export type Realm = Pick<
  typeof globalThis,
  'Date' | 'Math' | 'setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval'
>
