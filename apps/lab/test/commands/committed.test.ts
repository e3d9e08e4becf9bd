import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { committedCassettes } from '../../src/commands/committed.ts'
import { exitCodes } from '../../src/user-error.ts'

/** SHA-256 of no bytes. */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'committed-'))
  mkdirSync(join(root, '.x07_rr'))
})
afterEach(() => rmSync(root, { recursive: true }))

function pin(...names: string[]): void {
  const cassettes = Object.fromEntries(names.map((name) => [`.x07_rr/${name}`, { sha256: emptySha256 }]))
  writeFileSync(join(root, '.x07_rr/cassettes.lock.json'), JSON.stringify({ cassettes }))
}

describe('committedCassettes', () => {
  test('names what the lock pins, sorted, files that are missing among them', async () => {
    pin('b.rrbin', 'a.rrbin')
    writeFileSync(join(root, '.x07_rr/b.rrbin'), '')
    expect(await committedCassettes(root)).toEqual(['a.rrbin', 'b.rrbin'])
  })

  test('a cassette with other bytes than the pinned ones is not replayed', async () => {
    pin('a.rrbin')
    writeFileSync(join(root, '.x07_rr/a.rrbin'), 'x')
    await expect(committedCassettes(root)).rejects.toMatchObject({
      message:
        '.x07_rr/a.rrbin is not the cassette that .x07_rr/cassettes.lock.json pins; restore it, or pin the new one with pnpm arch:check --write-lock',
      exitCode: exitCodes.environment,
    })
  })

  test('a lock that pins nothing is an error', async () => {
    pin()
    await expect(committedCassettes(root)).rejects.toThrow('.x07_rr/cassettes.lock.json pins no cassette')
  })
})
