import { openVcrRun, type VcrDriver, type VcrOptions, type VcrScope, type VcrScopeOptions } from './open-vcr.ts'

/**
 * Runs a program with a driver that records or replays, as `openVcr` does, and knows how it ended. Where the body returns, a
 * recording gets its seal and its name, and a replay says whether it diverged; where it throws, what was recorded stays under
 * its partial name, a cassette that was there is as it was, and the log says so.
 *
 * ```ts
 * await withVcr({ cassette: 'orders', live: () => openAmqp({ profile, topology }) }, async (driver) => {
 *   await work(driver)
 * })
 * ```
 *
 * @returns what the body returns
 * @throws what the body throws; else as `openVcr` and its `close()`
 */
export async function withVcr<Result>(
  options: VcrOptions,
  body: (driver: VcrDriver) => Result | Promise<Result>,
): Promise<Result>
/** As above, for several drivers of one program under names of its own: one cassette, and one order. */
export async function withVcr<Name extends string, Result>(
  options: VcrScopeOptions<Name>,
  body: (drivers: VcrScope<Name>['drivers'], scope: VcrScope<Name>) => Result | Promise<Result>,
): Promise<Result>
export async function withVcr<Name extends string, Result>(
  options: VcrOptions | VcrScopeOptions<Name>,
  body: (driver: never, scope: VcrScope<Name>) => Result | Promise<Result>,
): Promise<Result> {
  const run = await openVcrRun(options)
  const scope = run.scope as VcrScope<Name>
  let result: Result
  try {
    result = await body((run.driver ?? scope.drivers) as never, scope)
  } catch (error) {
    await run.fail()
    throw error
  }
  await run.finish()
  return result
}
