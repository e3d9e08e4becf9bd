/** The minor number of `x07.x07ast@0.<minor>.0`. */
export type X07Version = number

const OLDEST = 3
const NEWEST = 9

/** Reads the schema version of a module file; undefined for one that X07 does not take. */
export function readX07Version(text: string): X07Version | undefined {
  const minor = /^x07\.x07ast@0\.(\d)\.0$/.exec(text)?.[1]
  const version = Number(minor)
  return minor !== undefined && version >= OLDEST && version <= NEWEST ? version : undefined
}
