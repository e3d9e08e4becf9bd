import { expect, test } from 'vitest'
import { gatherWrites } from '../../../src/driver/connection/gather-writes.ts'

test('the socket is held while the frames of a turn are written, even when that fails', () => {
  const log: string[] = []
  const connection = {
    muxer: {
      fail: false,
      _readIncoming() {
        log.push('frames')
        if (this.fail) throw new Error('broken')
      },
    },
    stream: { cork: () => log.push('cork'), uncork: () => log.push('uncork') },
  }
  gatherWrites(connection)
  connection.muxer._readIncoming()
  connection.muxer.fail = true
  expect(() => connection.muxer._readIncoming()).toThrow('broken')
  expect(log).toEqual(['cork', 'frames', 'uncork', 'cork', 'frames', 'uncork'])
})

test('a connection that is built otherwise stays as it is', () => {
  const connection = { muxer: {}, stream: {} }
  gatherWrites(connection)
  expect(connection).toEqual({ muxer: {}, stream: {} })
})
