import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { cassettes, main, program } from './run-vcr.ts'

const empty = ['unshare', '--map-root-user', '--net'] as const
const isolated = spawnSync(empty[0], [...empty.slice(1), 'true']).status === 0

const withServers = `
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'

const answer = (request, response) => response.end(request.url + ' for ' + request.socket.remoteAddress)
if (process.argv[2] === 'child') {
  const server = http.createServer(answer).listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('disconnect', () => process.exit())
} else {
  await import(${JSON.stringify(program('service.mjs'))})
  const server = http.createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = 'http://127.0.0.1:' + server.address().port
  console.log(await (await fetch(url + '/a')).text())
  const agent = new http.Agent({ keepAlive: true })
  for (const path of ['/b', '/c']) {
    const [response] = await once(http.get(url + path, { agent }), 'response')
    const { remotePort } = response.socket
    console.log((await response.toArray()).join(''), remotePort === server.address().port)
  }
  agent.destroy()
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  const echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  await once(echo.listen(0), 'listening')
  const client = net.connect(echo.address().port)
  client.end('half open')
  console.log((await client.toArray()).join(''))
  echo.close(() => console.log('closed'))
  const child = fork(process.argv[1], ['child'])
  const [port] = await once(child, 'message')
  console.log(await (await fetch('http://localhost:' + port + '/child')).text())
  child.disconnect()
}
`

test.skipIf(!isolated)(
  'where there is no network at all, a program reaches the servers of its own processes',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vcr-own-'))
    const file = join(folder, 'servers.mjs')
    writeFileSync(file, withServers)
    const { CI: _ci, ...env } = process.env
    const vcr = [process.execPath, main, 'replay', '--root', cassettes, '--cassette', 'service']
    const [command, ...args] = [...empty, ...vcr, '--', process.execPath, file]
    const { stdout, stderr } = await promisify(execFile)(command, args, { env })
    const served = ['/a', '/b', '/c'].map((path, at) => `${path} for 127.0.0.1${at > 0 ? ' true' : ''}\n`).join('')
    expect(stdout).toBe(`hello Ada\nhello Grace\n${served}half open\nclosed\n/child for 127.0.0.1\n`)
    expect(stderr).toContain('no divergence')
  },
)
