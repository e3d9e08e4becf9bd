import type { ConnectionRecorder, Conversation, Endpoint } from '@x07-lab/msg-core/driver'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'

import { expect, test } from 'vitest'

import { interceptDials } from '../src/seam/globals.ts'
import { PlayedSocket } from '../src/seam/played-socket.ts'
import { tapSocket } from '../src/seam/tap.ts'
import { realTimers } from '../src/seam/timers.ts'

const folder = mkdtempSync(join(tmpdir(), 'vcr-alert-'))
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'
const openssl = 'openssl'
const made = spawnSync(openssl, [...request.split(' '), '-keyout', key, '-out', cert])
const certificate = made.status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined
rmSync(folder, { recursive: true })
if (certificate === undefined) console.log('skipped: TLS needs openssl to make a certificate')

/** What a program sees of a socket, up to its end. */
async function seen(socket: tls.TLSSocket, say: string): Promise<string[]> {
  const out: string[] = []
  socket.on('secureConnect', () => {
    out.push('secure')
    if (say !== '') socket.write(say)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    out.push(`${error.code} ${error.message}`)
    socket.destroy()
  })
  await new Promise((closed) => socket.once('close', closed))
  return out
}

test.skipIf(certificate === undefined).each([
  ['', 'probed'],
  ['AMQP\0\0\x09\x01', 'closed'],
])(
  'a broker that refuses the certificate of a client which has said %j breaks the connection in a replay too',
  async (say, how) => {
    const server = tls.createServer({ ...certificate!, requestCert: true, rejectUnauthorized: true })
    server.on('tlsClientError', () => undefined)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const dial = (): tls.TLSSocket => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const endpoint: Endpoint = { host: '127.0.0.1', port, tls: true }

    const told: [string, string | undefined][] = []
    const recorder: ConnectionRecorder = {
      fromClient: () => undefined,
      fromBroker: () => undefined,
      clientEnd: () => undefined,
      brokerEnd: () => undefined,
      closed: (failure) => void told.push(['closed', failure]),
    }
    const socket = dial()
    tapSocket(socket, endpoint, {
      recognise: () => ({ protocol: 'amqp' }),
      connection: () => recorder,
      dialFailed: (_, failure) => void told.push(['failed', failure]),
      probed: (_, __, failure) => void told.push(['probed', failure]),
      notBroker: () => void told.push(['not a broker', undefined]),
      notUnderstood: () => void told.push(['not understood', undefined]),
    })
    const recorded = await seen(socket, say)
    server.close()
    expect(recorded).toEqual(['secure', expect.stringMatching(/^ERR_SSL_\S+ .*alert certificate required/s)])
    const [[first, failure] = []] = told
    expect([first, failure]).toEqual([how, expect.stringContaining('ERR_SSL_')])

    await once(server, 'close')
    const quiet: Conversation = { fromClient: () => undefined, clientEnd: () => undefined, detach: () => undefined }
    const takeBack = interceptDials(() => (played, { listener }) => {
      new PlayedSocket(played, endpoint, realTimers).connect(listener, (line) => {
        line.up({ authorized: false })
        line.reset(failure!)
        return quiet
      })
      return true
    })
    const again = dial()
    takeBack()
    expect(await seen(again, say)).toEqual(recorded)
  },
)
