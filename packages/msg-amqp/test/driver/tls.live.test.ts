import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { openAmqp } from '../../src/index.ts'
import { amqpBroker } from '../support/broker.ts'
import { profile, topology } from '../support/contracts.ts'
import { complete, runPipeline } from '../support/pipeline.ts'
import { newRun } from '../support/run.ts'

const broker = await amqpBroker()
const port = broker?.port ?? 0
const folder = await mkdtemp(join(tmpdir(), 'msg-amqp-tls-'))
const certificate = await makeCertificate()
const servers: Server[] = []

afterAll(async () => {
  for (const server of servers) server.close()
  await rm(folder, { recursive: true })
})

/** A certificate for localhost, made for this run; undefined where there is no openssl. */
async function makeCertificate(): Promise<{ cert: string; key: string } | undefined> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      ...curve,
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '1',
      ...name,
    ])
  } catch {
    console.log('skipped: TLS needs openssl to make a certificate')
    return undefined
  }
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

/** Speaks TLS in front of the broker; its port. */
async function terminateTls(): Promise<number> {
  const server = createServer({ ...certificate }, (client) => {
    const plain = connect({ host: '127.0.0.1', port })
    client.on('error', () => plain.destroy())
    plain.on('error', () => client.destroy())
    client.pipe(plain).pipe(client)
  })
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

describe.skipIf(broker === undefined || certificate === undefined)('over TLS', () => {
  test('messages go there and back when the authority is trusted', async () => {
    await using run = newRun(port)
    const driver = await run.open({
      profile: profile({ host: 'localhost', port: await terminateTls() }),
      tls: { ca: certificate?.cert ?? '' },
    })
    await driver.ensureTopology()
    expect((await runPipeline(driver, 300)).byKey).toEqual(complete(300))
  })

  test.each([
    ['an authority that is not trusted', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'a certificate for another name',
      { ca: certificate?.cert ?? '', servername: 'broker.example' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('%s is tls_failed', async (_, tls, reason) => {
    const secure = await terminateTls()
    const given = profile({ host: 'localhost', port: secure })
    await expect(
      openAmqp({ profile: given, topology: topology(), tls, retry: { openAttempts: 3 } }),
    ).rejects.toMatchObject({
      code: 'tls_failed',
      message: `open broker local_dev_v1 at localhost:${secure}: TLS failed with ${reason}; check the certificate authority, and that this port speaks TLS`,
    })
  })
})
