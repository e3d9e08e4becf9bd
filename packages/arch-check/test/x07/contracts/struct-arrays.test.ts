import { expect, it } from 'vitest'
import { structsOf } from '../../../src/x07/contracts/struct-arrays.ts'

it('reads a contracts lock, and each entry of its maps, from an array of members', () => {
  expect(
    structsOf('contracts-lock', ['version', { 'i.json': ['hash'] }, { 'f.json': { jcs_sha256_hex: 'hash' } }]),
  ).toEqual({
    schema_version: 'version',
    indexes: { 'i.json': { jcs_sha256_hex: 'hash' } },
    files: { 'f.json': { jcs_sha256_hex: 'hash' } },
  })
})

it('keeps what an entry has too much, and a list in the place of a map', () => {
  expect(structsOf('contracts-lock', ['version', { 'i.json': ['hash', 1] }, []])).toEqual({
    schema_version: 'version',
    indexes: { 'i.json': { jcs_sha256_hex: 'hash', '1': 1 } },
    files: [],
  })
})
