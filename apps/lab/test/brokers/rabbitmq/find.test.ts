import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { systemClock } from '../../../src/brokers/clock.ts'
import { findRabbitmq } from '../../../src/brokers/rabbitmq/find.ts'
import { installPrograms } from '../support/fake-programs.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-find-'))
})
afterEach(() => rm(folder, { recursive: true }))

const find = (path: string, searchFolders: readonly string[] = []) =>
  findRabbitmq({ env: { PATH: path }, repo: '/', clock: systemClock, searchFolders })

test('behind the wrapper of Debian and RPM the server itself is found', async () => {
  const bin = await installPrograms(join(folder, 'lib'), {
    'rabbitmq-server': '',
    'rabbitmq-script-wrapper': '',
    epmd: '',
  })
  await mkdir(join(folder, 'sbin'))
  await symlink(join(bin, 'rabbitmq-script-wrapper'), join(folder, 'sbin/rabbitmq-server'))
  const programs = { server: join(bin, 'rabbitmq-server'), epmd: join(bin, 'epmd') }
  expect(await find(`${join(folder, 'sbin')}:${bin}`)).toEqual(programs)
  expect(await find('', [join(folder, 'sbin'), bin])).toEqual(programs)
})

test('a server without a wrapper is called as it is', async () => {
  const bin = await installPrograms(folder, { 'rabbitmq-server': '', epmd: '' })
  expect(await find(bin)).toEqual({ server: join(bin, 'rabbitmq-server'), epmd: join(bin, 'epmd') })
})

test('epmd is found beside the emulator of the erl on PATH', async () => {
  const bin = await installPrograms(join(folder, 'rabbit'), { 'rabbitmq-server': '' })
  await installPrograms(join(folder, 'erlang'), { erl: '' })
  const erts = await installPrograms(join(folder, 'erlang/erts-13.1.5'), { epmd: '' })
  await symlink(join(folder, 'erlang/bin/erl'), join(bin, 'erl'))
  expect(await find(bin)).toEqual({ server: join(bin, 'rabbitmq-server'), epmd: join(erts, 'epmd') })
})

test('what is missing is said', async () => {
  const bin = await installPrograms(folder, { 'rabbitmq-server': '' })
  expect(await find('')).toBe('there is no rabbitmq-server command')
  expect(await find(bin)).toBe('there is a rabbitmq-server command but no epmd, the port mapper of its Erlang')
})
