import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync, writeSync, ftruncateSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { openReader, openWriter } from '../../../src/format/cassette/index.ts'
import type { WriterIo } from '../../../src/format/cassette/writer.ts'
import { cassetteBytes, entryDocument, fromHex, scratchFile, scratchFolder, toHex } from './samples.ts'

const a = entryDocument({ key: 'a' })
const b = entryDocument({ key: 'b' })

/** A disk that takes so many bytes and then none, at most `most` at a time. */
function fullAfter(room: number, most = Infinity): WriterIo & { room: number; synced: number; writes: number } {
  return {
    room,
    synced: 0,
    writes: 0,
    write(fd, bytes, at, length, position) {
      const count = Math.min(length, most, this.room)
      if (count === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      this.room -= count
      this.writes++
      return writeSync(fd, bytes, at, count, position)
    },
    truncate: ftruncateSync,
    sync() {
      this.synced++
    },
  }
}

describe('openWriter', () => {
  it('creates the file, and goes on behind whole entries', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    for (const document of [a, b]) {
      using writer = openWriter(path)
      writer.append(document)
    }
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a, b])))
  })

  it('empties the file where that is asked', () => {
    const path = scratchFile(fromHex('ff'))
    using writer = openWriter(path, { truncate: true })
    writer.append(b)
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([b])))
  })

  it.each([
    ['a torn entry', cassetteBytes([a, b]).subarray(0, 100), 2014],
    ['a frame that is no entry', fromHex('00000000'), 2008],
  ])('refuses to write behind %s, and leaves the file as it is', (_name, bytes, code) => {
    const path = scratchFile(bytes)
    expect(() => openWriter(path, { name: 'c.rrbin' })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^append to cassette "c\.rrbin": refused, what it holds is damaged; /),
      }),
    )
    expect(toHex(readFileSync(path))).toBe(toHex(bytes))
  })

  it('says what stands in the way of writing', () => {
    const folder = scratchFolder()
    mkdirSync(join(folder, 'folder'))
    expect(() => openWriter(join(folder, 'none', 'c.rrbin'), { name: 'c' })).toThrow(
      expect.objectContaining({
        code: 2002,
        message: 'open cassette "c" for writing: its folder is not there (ENOENT); create it first',
      }),
    )
    expect(() => openWriter(join(folder, 'folder'), { name: 'c' })).toThrow('it is a directory, expected a file')
    expect(() => openWriter('/dev/full', { name: 'c' })).toThrow(
      'open cassette "c" for writing: not a regular file; check the file, its folder and their permissions',
    )
  })
})

describe('CassetteWriter', () => {
  it('has every entry in the file when append returns', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    using writer = openWriter(path)
    writer.append(a)
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
    expect(writer.bytes).toBe(96)
  })

  it('gathers the entries of a turn and writes them once, at its end', async () => {
    const io = fullAfter(Infinity)
    const path = join(scratchFolder(), 'c.rrbin')
    using writer = openWriter(path, { flush: 'turn', io })
    writer.append(a)
    writer.append(b)
    expect([readFileSync(path).length, writer.bytes]).toEqual([0, 192])
    await setImmediate()
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a, b])))
    expect(io.writes).toBe(1)
  })

  it('writes within the turn once 256 KiB are gathered, and at a flush', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    const big = entryDocument({ resp: new Uint8Array(300_000) })
    using writer = openWriter(path, { flush: 'turn' })
    writer.append(big)
    expect(readFileSync(path).length).toBe(big.length + 4)
    writer.append(a)
    writer.flush()
    expect(readFileSync(path).length).toBe(big.length + 4 + 96)
  })

  it.each([
    ['comes to its end', '', 0],
    ['calls process.exit', 'process.exit(4)', 4],
    ['ends by an error that nobody catches', "throw new Error('of the program')", 1],
  ])('writes what it gathers soon, when the process %s', (_, end, code) => {
    const path = join(scratchFolder(), 'c.rrbin')
    const modules = ['../../../src/format/cassette/index.ts', './samples.ts'].map((file) => import.meta.resolve(file))
    const program = `
      const [{ openWriter }, { entryDocument }] = await Promise.all(${JSON.stringify(modules)}.map((url) => import(url)))
      const writer = openWriter(${JSON.stringify(path)}, { flush: 'soon' })
      writer.append(entryDocument({ key: 'a' }))
      ${end}`
    const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' })
    expect([status, toHex(readFileSync(path))]).toEqual([code, toHex(cassetteBytes([a]))])
  })

  it('writes what it gathers soon by itself, and keeps no process for it', async () => {
    const io = fullAfter(Infinity)
    const path = join(scratchFolder(), 'c.rrbin')
    using writer = openWriter(path, { flush: 'soon', io })
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const write = io.write.bind(io)
    io.write = (...args) => {
      resolve()
      return write(...args)
    }
    const before = process.getActiveResourcesInfo()
    writer.append(a)
    expect(process.getActiveResourcesInfo()).toEqual(before)
    await written
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
  })

  it('goes on after a write that took only part', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    using writer = openWriter(path, { io: fullAfter(Infinity, 7) })
    writer.append(a)
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
  })

  it('reports a full disk at the append itself, and leaves no torn entry behind', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    const io = fullAfter(100)
    const writer = openWriter(path, { name: 'c.rrbin', io })
    writer.append(a)
    expect(() => writer.append(b)).toThrow(
      expect.objectContaining({
        code: 2002,
        message:
          'write cassette "c.rrbin" failed: ENOSPC: no space left on device, write; free space or check the device, then record again',
      }),
    )
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
    io.room = 1000
    writer.append(b)
    writer.close()
    expect(openReader(path).count).toBe(2)
  })

  it.each(['append', 'flush', 'close'] as const)(
    'reports a failed write at the end of a turn at the next %s',
    async (call) => {
      const path = join(scratchFolder(), 'c.rrbin')
      const writer = openWriter(path, { flush: 'turn', io: fullAfter(150) })
      writer.append(a)
      writer.append(b)
      await setImmediate()
      const calls = { append: () => writer.append(a), flush: () => writer.flush(), close: () => writer.close() }
      expect(calls[call]).toThrow(expect.objectContaining({ code: 2002 }))
      expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
      if (call !== 'close') expect(() => writer.close()).toThrow(expect.objectContaining({ code: 2002 }))
    },
  )

  it('syncs at close if it wrote anything, and closes once', () => {
    const io = fullAfter(Infinity)
    const folder = scratchFolder()
    const writer = openWriter(join(folder, 'c.rrbin'), { flush: 'turn', io })
    writer.append(a)
    writer.close()
    writer.close()
    openWriter(join(folder, 'd.rrbin'), { io }).close()
    expect([io.synced, io.writes]).toEqual([1, 1])
    expect(readFileSync(join(folder, 'c.rrbin')).length).toBe(96)
  })

  it('takes room before what needs it, and leaves none behind', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    const io = fullAfter(100_000)
    const writer = openWriter(path, { name: 'c.rrbin', io, exclusive: true, flush: 'turn' })
    writer.append(a)
    writer.reserve(96)
    expect(readFileSync(path).length).toBeGreaterThan(192)
    // Nobody else has room any more: what was promised is kept, and more is not promised.
    io.room = 0
    const promised = io.write.bind(io)
    io.write = (fd, bytes, at, length, position) => {
      if (Number(position) + length > 2 * 96) return promised(fd, bytes, at, length, position)
      return writeSync(fd, bytes, at, length, position)
    }
    writer.append(b)
    writer.flush()
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a, b])))
    expect(() => writer.reserve(96)).toThrow(expect.objectContaining({ code: 2002 }))
    expect(() => writer.append(a)).toThrow(expect.objectContaining({ code: 2002 }))
    expect(() => writer.close()).toThrow(expect.objectContaining({ code: 2002 }))
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a, b])))
  })

  it('writes what was appended before the room ran out', () => {
    const path = join(scratchFolder(), 'c.rrbin')
    const io = fullAfter(Infinity)
    const writer = openWriter(path, { io, exclusive: true, flush: 'turn' })
    writer.reserve(96)
    writer.append(a)
    io.write = (fd, bytes, at, length, position) => {
      if (Number(position) + length > 96) throw new Error('ENOSPC')
      return writeSync(fd, bytes, at, length, position)
    }
    expect(() => writer.reserve(1_000_000)).toThrow(expect.objectContaining({ code: 2002 }))
    expect(() => writer.close()).toThrow(expect.objectContaining({ code: 2002 }))
    expect(toHex(readFileSync(path))).toBe(toHex(cassetteBytes([a])))
  })

  it('refuses an entry with which the file would be more than a cassette can be', () => {
    const path = scratchFile(fromHex(''))
    using writer = openWriter(path)
    const claimed = { length: 0xffff_ffff } as Uint8Array
    expect(() => writer.append(claimed)).toThrow(expect.objectContaining({ code: 2003 }))
    writeFileSync(path, '')
  })
})
