import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxFlags } from '../../src/sandbox/launch.ts'
import { readSandboxPolicy, type ProfileName } from '../../src/sandbox/policy.ts'
import { createProject, type Project } from '../support/project.ts'

/** A program that tries what a sandboxed run must not do, and prints how each try ended. */
const attempts = `
const { spawnSync } = require('node:child_process')
const { Worker } = require('node:worker_threads')
const fs = require('node:fs')
const net = require('node:net')
const [port, root] = process.argv.slice(1)
const ended = async (what, act) => {
  try { await act(); console.log(what, 'done') } catch (error) { console.log(what, error.code) }
}
const connect = () => new Promise((done, fail) => {
  const socket = net.connect(Number(port), '127.0.0.1', () => { socket.destroy(); done() }).on('error', fail)
})
ended('connect', connect)
  .then(() => ended('resolve', () => require('node:dns').promises.lookup('localhost')))
  .then(() => ended('spawn', () => { const { error } = spawnSync('true'); if (error) throw error }))
  .then(() => ended('worker', () => new Worker('', { eval: true }).terminate()))
  .then(() => ended('addon', () => process.dlopen({ exports: {} }, root + '/addon.node')))
  .then(() => ended('write inside', () => fs.writeFileSync(root + '/out/file', 'x')))
  .then(() => ended('write cassette', () => fs.writeFileSync(root + '/.x07_rr/lab.rrbin', 'x')))
  .then(() => ended('write outside', () => fs.writeFileSync(root + '/arch/file', 'x')))
  .then(() => ended('link outside', () => fs.symlinkSync(root + '/arch', root + '/out/link')))
  .then(() => ended('read outside', () => fs.readFileSync('/etc/hostname')))
`

const loopback = await hasLoopback()
let project: Project
const server = createServer((socket) => socket.destroy())

beforeAll(async () => {
  project = createProject()
  for (const folder of ['out', '.x07_rr']) mkdirSync(project.path(folder))
  writeFileSync(project.path('addon.node'), '')
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(async () => {
  project[Symbol.dispose]()
  await new Promise((closed) => server.close(closed))
})

async function tried(profile: ProfileName, network: boolean): Promise<Record<string, string>> {
  const policy = await readSandboxPolicy(project.root, profile)
  const flags = sandboxFlags({ root: project.root, policy, extraReads: [], extraWrites: [], network })
  const port = String((server.address() as { port: number }).port)
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', attempts, port, project.root])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}

const denied = 'ERR_ACCESS_DENIED'

describe('what a sandboxed process can do', () => {
  test('a replay connects nowhere, starts nothing, and writes below out/ alone', async () => {
    expect(await tried('rr_replay', false)).toEqual({
      connect: denied,
      resolve: denied,
      spawn: denied,
      worker: denied,
      addon: 'ERR_DLOPEN_DISABLED',
      'write inside': 'done',
      'write cassette': denied,
      'write outside': denied,
      'link outside': denied,
      'read outside': denied,
    })
    expect(existsSync(project.path('arch/file'))).toBe(false)
  })

  test.skipIf(!loopback)('a recording connects, and writes cassettes and results alone', async () => {
    expect(await tried('os_record', true)).toMatchObject({
      connect: 'done',
      spawn: denied,
      worker: denied,
      'write inside': 'done',
      'write cassette': 'done',
      'write outside': denied,
    })
  })

  test('results may go into a folder above those that the policy lists', async () => {
    const policy = await readSandboxPolicy(project.root, 'rr_replay')
    const { root } = project
    const flags = sandboxFlags({ root, policy, extraReads: [], extraWrites: [root], network: false })
    const program = `console.log(process.permission.has('fs.write', ${JSON.stringify(root)}))`
    expect((await promisify(execFile)(process.execPath, [...flags, '-e', program])).stdout).toBe('true\n')
  })

  test('a recording in memory connects nowhere', async () => {
    expect(await tried('os_record', false)).toMatchObject({ connect: denied })
  })

  test('a replay with a thread for its checks can start no other one, neither here nor there', async () => {
    const cassette = 'threads.rrbin'
    const args = ['record', '--driver', 'memory', '--messages', '20', '--cassette', cassette]
    expect((await project.lab(args)).code).toBe(0)
    const policy = await readSandboxPolicy(project.root, 'rr_replay')
    const { root } = project
    const flags = sandboxFlags({ root, policy, extraReads: [], extraWrites: [], network: false, thread: true })
    expect(flags).toContain('--allow-worker')
    // Both threads load it before their own program, and it tries when that program has loaded all that others wrote.
    writeFileSync(
      project.path('tries.cjs'),
      `const { Worker, isMainThread, parentPort } = require('node:worker_threads')
      const fs = require('node:fs')
      const tries = () => {
        const where = isMainThread ? 'main' : 'thread'
        try { new Worker('', { eval: true }); fs.writeSync(1, where + ' started one\\n') }
        catch (error) { fs.writeSync(1, where + ' ' + error.code + '\\n') }
        try { fs.readFileSync('/etc/hostname'); fs.writeSync(1, where + ' read\\n') } catch {}
      }
      if (isMainThread) process.on('exit', tries)
      else {
        const postMessage = parentPort.postMessage.bind(parentPort)
        parentPort.postMessage = (told) => { if (told.kind === 'totals') tries(); postMessage(told) }
      }`,
    )
    const request = {
      root,
      cassetteRoot: root,
      cwd: root,
      profile: 'rr_replay',
      out: project.path('out/threads'),
      isAlone: true,
      threadFrom: 0,
      command: {
        name: 'replay',
        request: { cassettes: [cassette], match: 'strict', policy: 'lab_rr_v1', profile: 'rr_replay', json: false },
      },
    }
    const threaded = join(import.meta.dirname, '../../src/threaded.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      '--require',
      project.path('tries.cjs'),
      threaded,
      JSON.stringify(request),
    ])
    expect(stdout.split('\n').filter((line) => /^(?:main|thread) /.test(line))).toEqual([
      `thread ${denied}`,
      `main ${denied}`,
    ])
    expect(stdout).toContain('identical')
  })
})
