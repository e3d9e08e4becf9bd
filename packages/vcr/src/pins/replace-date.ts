/**
 * Makes `Date` tell another time, for the rest of the process. It lies here, where `callingPackage` passes over it: it is never
 * who asked.
 *
 * @param timeOf what it is, from the one that it told so far; both in milliseconds since 1970
 */
export function replaceDate(timeOf: (before: number) => number): void {
  const Before = globalThis.Date
  const now = (): number => timeOf(Before.now())
  const date = new Proxy(Before, {
    apply: () => new Before(now()).toString(),
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  })
  globalThis.Date = date
  Before.prototype.constructor = date
}
