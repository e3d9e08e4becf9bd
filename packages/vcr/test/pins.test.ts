import { expect, test } from 'vitest'

import { callingPackage, Streams } from '../src/pins/streams.ts'

test('a stream is the same for one seed, whatever is drawn from others', () => {
  const [one, two] = [new Streams('seed'), new Streams('seed')]
  two.bytes('randomBytes other-package', 100)
  const pieces = Buffer.concat([two.bytes('randomBytes program', 3), two.bytes('randomBytes program', 70)])
  expect(pieces).toEqual(one.bytes('randomBytes program', 73))
  expect(new Streams('another').bytes('randomBytes program', 73)).not.toEqual(pieces)
})

test.each([
  ['at uuid (/app/node_modules/uuid/dist/rng.js:3:1)', 'uuid'],
  ['at run (/app/node_modules/.pnpm/@nestjs+core@11/node_modules/@nestjs/core/index.js:3:1)', '@nestjs/core'],
  ['at main (file:///app/src/main.ts:3:1)', 'program'],
])('the caller of "%s" is %s', (frame, name) => {
  expect(callingPackage(`Error\n    at node:internal/x:1\n    ${frame}`)).toBe(name)
})

test('what this package does itself on behalf of a caller is not the caller', () => {
  const stack = `Error\n    at patched (${new URL('../src/pins/pin.ts', import.meta.url).href}:3:1)\n    at main (/app/node_modules/uuid/rng.js:1:1)`
  expect(callingPackage(stack)).toBe('uuid')
})
