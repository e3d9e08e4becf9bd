/**
 * A record as the clients of the comparison write it down: partition, timestamp, key, value, then name and value of each
 * header, separated by blanks. Bytes are `=` and base64, null and an unset timestamp are `-`.
 */
export type Line = string & { readonly line?: never }

/** What a line says. */
export interface Written {
  readonly partition: number
  /** Milliseconds as text, or `-`. */
  readonly timestamp: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export function lineOf({ partition, timestamp, key, value, headers }: Written): Line {
  const named = headers.flatMap(([name, data]) => [show(Buffer.from(name)), show(data)])
  return [String(partition), timestamp, show(key), show(value), ...named].join(' ')
}

function show(bytes: Uint8Array | null): string {
  return bytes === null ? '-' : `=${Buffer.from(bytes).toString('base64')}`
}
