import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaOptions } from '../../src/index.ts'
import { dispose, isLive, livePort, openLive, profile } from './live-broker.ts'
import { consumeAll, ids, openLedger, publishAll } from './survival.ts'

const run = promisify(execFile)

async function hasOpenssl(): Promise<boolean> {
  try {
    await run('openssl', ['version'])
    return true
  } catch {
    console.log('skipped: no openssl on the path to make a certificate with')
    return false
  }
}

describe.skipIf(!(await isLive()) || !(await hasOpenssl()))('over TLS', () => {
  const sockets = new Set<Socket>()
  let folder: string
  let ca: string
  let server: Server

  /** A door with a certificate for `localhost` before the plain listener of the broker. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'msg-kafka-tls-'))
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
    await run('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', ...subject])
    ca = await readFile(certFile, 'utf8')
    server = createServer({ key: await readFile(keyFile), cert: ca }, (client) => {
      const broker = connect(livePort, '127.0.0.1')
      for (const socket of [client, broker]) {
        sockets.add(socket)
        socket.on('error', () => undefined)
      }
      client.pipe(broker).pipe(client)
    })
    server.on('tlsClientError', () => undefined)
    const { promise, resolve } = Promise.withResolvers<void>()
    server.listen(0, '127.0.0.1', resolve)
    await promise
  })

  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(folder, { recursive: true })
  })

  function options(): Partial<KafkaOptions> {
    const { port } = server.address() as AddressInfo
    return {
      profile: { ...profile, security: { ...profile.security, tls: true } },
      dialAt: () => ({ host: '127.0.0.1', port }),
    }
  }

  test('a driver that trusts the certificate publishes and consumes', async () => {
    const driver = await openLive({ ...options(), tls: { ca } })
    const ledger = openLedger(10)
    await publishAll(driver, { messages: 10 })
    await consumeAll(driver, ledger)
    expect(ledger.received()).toEqual(ids(10))
    await dispose(driver)
  })

  test('a driver that does not refuses at once as tls_failed', async () => {
    await expect(openLive(options())).rejects.toMatchObject({
      code: 'tls_failed',
      retryable: false,
      message: expect.stringContaining('self-signed certificate'),
    })
  })
})
