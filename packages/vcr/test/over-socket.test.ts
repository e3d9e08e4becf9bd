import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'

import { expect, test } from 'vitest'

import { recordServed } from './record-served.ts'

const folder = mkdtempSync(join(tmpdir(), 'vcr-tls-'))
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'
const openssl = 'openssl'
const args = [...request.split(' '), '-keyout', key, '-out', cert]
const made = spawnSync(openssl, args)
const certificate = made.status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined
rmSync(folder, { recursive: true })
if (certificate === undefined) console.log('skipped: TLS needs openssl to make a certificate')

test.skipIf(certificate === undefined).each(['0', '1'])(
  'TLS that a program lays over a socket of its own is recorded above it (before it is connected: %s)',
  { concurrent: true },
  async (EARLY) => {
    let broker = 0
    const server = tls.createServer(certificate!, (socket) => {
      const behind = net.connect(broker, '127.0.0.1')
      socket.pipe(behind).pipe(socket)
      for (const one of [socket, behind]) one.on('error', () => [socket, behind].map((end) => end.destroy()))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const through = (port: number): number => {
      broker = port
      return (server.address() as AddressInfo).port
    }
    const use: Parameters<typeof recordServed>[2] = async ({ ran, replay }) => {
      const greeted =
        /^false DEPTH_ZERO_SELF_SIGNED_CERT\nlocalhost localhost\nTLSv\S+ \S+\nhello Ada\nhello Grace\nclosed\n$/
      expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(greeted)])
      expect(ran.stderr).toMatch(/recorded served\.rrbin/)
      server.close()
      await once(server, 'close')
      const { code, stdout, stderr } = await replay()
      expect([code, stdout, stderr]).toEqual([0, ran.stdout, expect.stringContaining('no divergence')])
    }
    await recordServed('over-tls.mjs', [], use, { env: { EARLY }, through })
  },
)
