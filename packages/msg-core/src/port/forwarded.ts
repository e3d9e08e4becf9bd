import type { Driver } from './driver.ts'

/**
 * A plain object with every member of a driver, to lay something over: `{ ...forwarded(driver), publish }`. A member that the
 * port gains is missed here by the compiler, so that no wrapper loses it.
 */
export function forwarded(driver: Driver): Driver {
  const members: { readonly [Name in keyof Required<Driver>]: Driver[Name] } = {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: (envelope, options) => driver.publish(envelope, options),
    deliveries: (options) => driver.deliveries(options),
    transaction: driver.transaction?.bind(driver),
    remaining: driver.remaining?.bind(driver),
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
  const { transaction, remaining, ...others } = members
  return { ...others, ...(transaction && { transaction }), ...(remaining && { remaining }) }
}
