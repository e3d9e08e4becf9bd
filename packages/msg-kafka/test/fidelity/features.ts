import { lineOf, type Line, type Written } from './line.ts'

/** What a record of the comparison shows. */
export interface Feature {
  readonly name: string
  readonly line: Line
  /** kcat can write and read it. */
  readonly isText: boolean
}

const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
const some = { key: Buffer.from('k'), value: Buffer.from('v'), headers: [] }

function feature(name: string, over: Partial<Written>, isText = false): Feature {
  return { name, isText, line: lineOf({ partition: 0, timestamp: '-', ...some, ...over }) }
}

const headers = (...pairs: readonly (readonly [string, string | null])[]): Pick<Written, 'headers'> => ({
  headers: pairs.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]),
})

/** One record each. A record without a timestamp of its own has the time of writing. */
export const features: readonly Feature[] = [
  feature('text key and value', {}, true),
  feature('null key', { key: null }, true),
  feature('null value', { value: null }, true),
  feature('null key and value', { key: null, value: null }),
  feature('empty key and value', { key: Buffer.alloc(0), value: Buffer.alloc(0) }),
  feature('key and value of every byte', { key: bytes, value: bytes }),
  feature('value of 100 KiB', { value: Buffer.alloc(102_400, '{"n":1}') }),
  feature('value of 900 KiB', { value: Buffer.alloc(921_600, '{"n":1}') }),
  feature('headers', headers(['a', '1'], ['b', '2']), true),
  feature('repeated header names, mixed', headers(['a', '1'], ['b', '2'], ['a', '3']), true),
  feature('null header value', headers(['a', null])),
  feature('empty header value', headers(['a', '']), true),
  feature('header value of every byte', { headers: [['a', bytes]] }),
  feature('empty header name', headers(['', 'x'])),
  feature(
    'header names of object methods',
    headers(['toString', '1'], ['__proto__', '2'], ['constructor', '3'], ['hasOwnProperty', '4'], ['__proto__', '5']),
    true,
  ),
  feature('header names like numbers', headers(['10', 'x'], ['9', 'y'], ['a', 'z']), true),
  feature('header names beyond ASCII', headers(['Straße', '1'], ['名前', '2'], ['🍁', '3']), true),
  feature("a header x07-ext of somebody else's", headers(['a', '1'], ['x07-ext', '{"key":null}'])),
  feature('100 headers', headers(...Array.from({ length: 100 }, (_, n) => [`h${n}`, String(n)] as const))),
  feature('timestamp of its own', { timestamp: '1600000000123' }),
  feature('timestamp of its own, before the last', { timestamp: '1500000000000' }),
  feature('timestamp of the year 1973', { timestamp: '100000000000' }),
  feature('partition of its own', { partition: 2 }, true),
]
