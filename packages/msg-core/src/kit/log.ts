/**
 * How whatever is opened here tells what no call says: one line, and what it is about. `debug` is for the authors of a driver,
 * the others are for people. Nothing secret and no payload is in either.
 */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void
