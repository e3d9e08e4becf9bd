import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { describe, expect, test, vi } from 'vitest'

import { identify, isAlive, killProcess } from '../../src/brokers/process/identity.ts'
import { down, systemClock, up } from '../../src/brokers/index.ts'
import { type BrokerRecord, readRecord, writeRecord } from '../../src/brokers/state/record.ts'
import { type FakeMachine, fakeMachine } from './support/fake-machine.ts'
import { FAKES, installPrograms } from './support/fake-programs.ts'
import { connectionStart, RABBITMQ_PROPERTIES } from './support/literal-answers.ts'
import { serve } from './support/servers.ts'

// These start processes, which take long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

/** Brokers that answer, real or not, do so over TCP. */
const live = test.skipIf(!(await hasLoopback()))

const RABBITMQ = { 'rabbitmq-server': FAKES['rabbitmq-server'], epmd: FAKES.epmd }
const MUTE = 'setInterval(() => {}, 1e6)'
const APT = "install RabbitMQ, on Debian and Ubuntu with 'apt-get install rabbitmq-server'"

/** What the lab has on record for RabbitMQ. */
async function recorded(machine: FakeMachine): Promise<BrokerRecord> {
  const record = await readRecord(machine.brokerFolder('amqp'))
  if (record === undefined) throw new TypeError('there is no record')
  return record
}

async function living(record: BrokerRecord): Promise<boolean[]> {
  return Promise.all(record.processes.map((identity) => isAlive(identity)))
}

describe('a port that is taken', () => {
  live('by a broker: it is used as it is, no state folder is needed, and down leaves it alone', async () => {
    await using broker = await serve((socket) => {
      socket.once('data', () => socket.write(connectionStart(RABBITMQ_PROPERTIES)))
    })
    await using machine = await fakeMachine(RABBITMQ, broker.port)
    const found = {
      kind: 'amqp',
      way: 'listening',
      host: '127.0.0.1',
      port: broker.port,
      name: 'RabbitMQ',
      version: '3.10.8',
    }
    expect(await machine.up('amqp')).toEqual({ outcome: 'up', startedNow: false, ...found })
    await expect(stat(join(machine.folder, 'state'))).rejects.toHaveProperty('code', 'ENOENT')
    expect(await machine.status('amqp')).toEqual({ state: 'up', ...found })
    expect(await machine.down('amqp')).toEqual({
      outcome: 'not-ours',
      kind: 'amqp',
      host: '127.0.0.1',
      port: broker.port,
    })
    expect(await machine.status('amqp')).toEqual({ state: 'up', ...found })
  })

  live('by something else: that is said, and nothing is started', async () => {
    await using other = await serve((socket) => socket.end('220 mail.example ESMTP\r\n'))
    await using machine = await fakeMachine(RABBITMQ, other.port)
    const held = {
      kind: 'amqp',
      host: '127.0.0.1',
      port: other.port,
      seen: 'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x32)',
    }
    expect(await machine.up('amqp')).toEqual({ outcome: 'port-held', ...held })
    expect(await machine.status('amqp')).toEqual({ state: 'port-held', ...held })
    expect(await machine.down('amqp')).toMatchObject({ outcome: 'not-running' })
  })
})

describe('a machine without what is needed', () => {
  test.each([
    ['amqp', {}, 'there is no docker command', 'there is no rabbitmq-server command'],
    [
      'amqp',
      { docker: FAKES['docker-client'], 'rabbitmq-server': MUTE },
      'there is a docker command but no engine that it can reach',
      'there is a rabbitmq-server command but no epmd, the port mapper of its Erlang',
    ],
    ['kafka', {}, 'there is no docker command', 'there is no java command'],
  ] as const)('tells for %s what was tried and what to install (%#)', async (kind, programs, docker, native) => {
    await using machine = await fakeMachine(programs)
    const result = await machine.up(kind)
    expect(result).toMatchObject({ outcome: 'unavailable', kind, host: '127.0.0.1', port: machine.settings.port })
    if (result.outcome !== 'unavailable') return
    expect(result.tried.map(({ reason }) => reason)).toEqual([docker, native])
    if (kind === 'amqp') expect(result.tried[1]?.advice).toBe(APT)
    expect(await machine.status(kind)).toMatchObject({ state: 'down' })
  })
})

test('a state folder that cannot be used is one line with what to do, for up and for down', async () => {
  await using machine = await fakeMachine(RABBITMQ)
  const settings = { ...machine.settings, stateFolder: join(machine.folder, 'bin/epmd') }
  const folder = join(settings.stateFolder, `brokers/amqp-${settings.port}`)
  const refused = {
    name: 'UserError',
    exitCode: 3,
    message: expect.stringContaining(`ENOTDIR: not a directory, mkdir '${folder}'; the folders can be chosen with`),
  }
  await expect(up('amqp', machine.deps, settings)).rejects.toMatchObject(refused)
  await expect(down('amqp', machine.deps, settings)).rejects.toMatchObject(refused)
})

describe('rabbitmq-server as a private node', () => {
  test('that cannot be run at all is an attempt with a reason', async () => {
    await using machine = await fakeMachine(RABBITMQ)
    const server = join(machine.folder, 'bin/rabbitmq-server')
    await writeFile(server, '#!/no/such/interpreter\n')
    expect(await machine.up('amqp')).toMatchObject({
      tried: [{}, { reason: `${server} cannot be run (ENOENT)`, advice: 'mend or reinstall it' }],
    })
  })

  live('is started, found again, and stopped with its port mapper', async () => {
    await using machine = await fakeMachine({ ...RABBITMQ, docker: FAKES['docker-client'] })
    const { port } = machine.settings
    const logFolder = join(machine.brokerFolder('amqp'), 'log')
    const broker = { kind: 'amqp', way: 'rabbitmq-server', host: '127.0.0.1', port, version: '3.10.8', logFolder }
    expect(await machine.up('amqp')).toEqual({ outcome: 'up', startedNow: true, ...broker })
    const record = await recorded(machine)
    expect(await living(record)).toEqual([true, true])
    expect(await machine.status('amqp')).toEqual({ state: 'up', ...broker })
    expect(await machine.up('amqp')).toEqual({ outcome: 'up', startedNow: false, ...broker })
    expect(await recorded(machine)).toEqual(record)
    const stopped = { outcome: 'stopped', kind: 'amqp', way: 'rabbitmq-server', host: '127.0.0.1', port }
    expect(await machine.down('amqp')).toEqual(stopped)
    expect(await living(record)).toEqual([false, false])
    expect(await machine.down('amqp')).toEqual({ outcome: 'not-running', kind: 'amqp', host: '127.0.0.1', port })
    expect(await machine.status('amqp')).toEqual({ state: 'down', kind: 'amqp', host: '127.0.0.1', port })
  })

  live('is started once when three ask at the same time', async () => {
    await using machine = await fakeMachine(RABBITMQ)
    const results = await Promise.all([machine.up('amqp'), machine.up('amqp'), machine.up('amqp')])
    expect(results.map((result) => result.outcome)).toEqual(['up', 'up', 'up'])
    expect(results.filter((result) => result.outcome === 'up' && result.startedNow)).toHaveLength(1)
  })

  test('that ends by itself is an attempt with a reason, and its helper is ended', async () => {
    await using machine = await fakeMachine({ ...RABBITMQ, 'rabbitmq-server': 'process.exitCode = 3' })
    const result = await machine.up('amqp')
    if (result.outcome !== 'unavailable') throw new TypeError(`up said ${result.outcome}`)
    const [, attempt] = result.tried
    expect(attempt?.reason).toMatch(
      /^(RabbitMQ on 127\.0\.0\.1:\d+ ended [\d.]+ s after its start|rabbitmq-server ended at once)$/,
    )
    expect(attempt?.advice).toBe(`its log is in ${join(machine.brokerFolder('amqp'), 'log')}`)
    expect(await machine.status('amqp')).toMatchObject({ state: 'down' })
  })

  test('that never answers is given up after the time that was told, and ended', async () => {
    await using machine = await fakeMachine({ ...RABBITMQ, 'rabbitmq-server': MUTE })
    const seen: BrokerRecord[] = []
    let now = 0
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        const record = await readRecord(machine.brokerFolder('amqp'))
        if (record !== undefined) seen.push(record)
        now += ms === 100 ? 10_000 : ms
        await systemClock.sleep(1)
      },
    }
    const result = await machine.up('amqp', { clock })
    if (result.outcome !== 'unavailable') throw new TypeError(`up said ${result.outcome}`)
    expect(result.tried[1]?.reason).toBe(`RabbitMQ on 127.0.0.1:${machine.settings.port} did not answer within 20.0 s`)
    const last = seen.at(-1)
    if (last === undefined) throw new TypeError('nothing was ever on record')
    expect([last.phase, last.processes.length, await living(last)]).toEqual(['starting', 2, [false, false]])
    expect(await readRecord(machine.brokerFolder('amqp'))).toBe(undefined)
  })

  test('whose start is cut off is ended', async () => {
    await using machine = await fakeMachine({ ...RABBITMQ, 'rabbitmq-server': MUTE })
    const abort = new AbortController()
    let record: BrokerRecord | undefined
    const clock = {
      now: systemClock.now,
      sleep: async (ms: number, signal?: AbortSignal) => {
        record ??= await readRecord(machine.brokerFolder('amqp'))
        abort.abort()
        await systemClock.sleep(ms, signal)
      },
    }
    await expect(machine.up('amqp', { clock, signal: abort.signal })).rejects.toHaveProperty('name', 'AbortError')
    if (record === undefined) throw new TypeError('nothing was ever on record')
    expect(await living(record)).toEqual([false, false])
    expect(await machine.status('amqp')).toMatchObject({ state: 'down' })
  })

  live('that crashed is reported with its log, and the next up starts it anew on its data', async () => {
    await using machine = await fakeMachine(RABBITMQ)
    await machine.up('amqp')
    const first = await recorded(machine)
    const [broker] = first.processes
    if (broker === undefined) throw new TypeError('no process on record')
    await killProcess(broker, systemClock)
    expect(await machine.status('amqp')).toEqual({
      state: 'crashed',
      kind: 'amqp',
      way: 'rabbitmq-server',
      host: '127.0.0.1',
      port: machine.settings.port,
      logFolder: join(machine.brokerFolder('amqp'), 'log'),
    })
    expect(await machine.up('amqp')).toMatchObject({ outcome: 'up', startedNow: true })
    expect(await living(first)).toEqual([false, false])
    expect(await living(await recorded(machine))).toEqual([true, true])
  })

  live('that answered after its starter was killed is adopted', async () => {
    await using machine = await fakeMachine(RABBITMQ)
    await machine.up('amqp')
    const record = await recorded(machine)
    await writeRecord(machine.brokerFolder('amqp'), { ...record, phase: 'starting' })
    expect(await machine.up('amqp')).toMatchObject({ outcome: 'up', startedNow: false, way: 'rabbitmq-server' })
    expect(await recorded(machine)).toEqual(record)
    expect(await living(record)).toEqual([true, true])
  })

  live('is not mistaken for a later process that got its number', async () => {
    await using machine = await fakeMachine(RABBITMQ)
    await machine.up('amqp')
    const record = await recorded(machine)
    const [broker, mapper] = record.processes
    if (broker === undefined || mapper === undefined) throw new TypeError('too few processes on record')
    for (const identity of record.processes) await killProcess(identity, systemClock)
    const self = await identify(process.pid)
    await writeRecord(machine.brokerFolder('amqp'), { ...record, processes: [{ ...broker, pid: process.pid }] })
    expect(await machine.status('amqp')).toMatchObject({ state: 'crashed' })
    expect(await machine.down('amqp')).toMatchObject({ outcome: 'not-running' })
    expect(await identify(process.pid)).toEqual(self)
  })
})

describe('a Docker engine', () => {
  live('comes before the programs of the machine, and down takes the container away', async () => {
    await using machine = await fakeMachine({ ...RABBITMQ, docker: FAKES.docker })
    const { port } = machine.settings
    const broker = { kind: 'amqp', way: 'docker', host: '127.0.0.1', port, version: '3.10.8' }
    expect(await machine.up('amqp')).toEqual({ outcome: 'up', startedNow: true, ...broker })
    expect(await machine.status('amqp')).toEqual({ state: 'up', ...broker })
    expect(await machine.up('amqp')).toEqual({ outcome: 'up', startedNow: false, ...broker })
    expect(await machine.down('amqp')).toEqual({
      outcome: 'stopped',
      kind: 'amqp',
      way: 'docker',
      host: '127.0.0.1',
      port,
    })
    expect(await machine.status('amqp')).toMatchObject({ state: 'down' })
    const file = join(machine.deps.repo, 'docker-compose.yml')
    const compose = `compose --project-name x07-lab-amqp-${port} --file ${file}`
    const calls = (await readFile(join(machine.folder, 'docker.log'), 'utf8')).split('\n')
    expect(calls.filter((call) => / (up|down) /.test(call))).toEqual([
      `${compose} up --detach --wait rabbitmq`,
      `${compose} down --volumes`,
    ])
  })

  live('that cannot start the container is an attempt with a reason, and the next way is tried', async () => {
    const broken = `if (process.argv.includes('--wait')) { console.error('pulling\\nno route to the registry'); process.exit(1) }
      console.log('28.2.2')`
    await using machine = await fakeMachine({ ...RABBITMQ, docker: broken })
    expect(await machine.up('amqp')).toMatchObject({ outcome: 'up', way: 'rabbitmq-server' })
    await using without = await fakeMachine({ docker: broken })
    expect(await without.up('amqp')).toMatchObject({
      tried: [
        {
          way: 'docker',
          reason: 'docker compose up rabbitmq failed: no route to the registry',
          advice: `look at docker compose -p x07-lab-amqp-${without.settings.port} logs`,
        },
        { way: 'rabbitmq-server' },
      ],
    })
  })
})

live('a container that Docker does not take down stays on record, and the refusal is one line', async () => {
  const stubborn = FAKES.docker.replace(
    'if (fs.existsSync(file)) process.kill',
    "if (1) { console.error('engine is gone'); process.exit(1) } process.kill",
  )
  await using machine = await fakeMachine({ docker: stubborn })
  await machine.up('amqp')
  const { port } = machine.settings
  await expect(machine.down('amqp')).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 3,
    message: `docker compose -p x07-lab-amqp-${port} down failed: engine is gone; start the Docker engine and try again`,
  })
  expect(await machine.status('amqp')).toMatchObject({ state: 'up', way: 'docker' })
  await installPrograms(machine.folder, { docker: FAKES.docker })
  expect(await machine.down('amqp')).toMatchObject({ outcome: 'stopped', way: 'docker' })
})

describe('Apache Kafka on the local Java', () => {
  live('is formatted once, started, and started again on the same data', async () => {
    await using machine = await fakeMachine({ java: FAKES.java })
    const { port } = machine.settings
    const logFolder = join(machine.brokerFolder('kafka'), 'log')
    const broker = { kind: 'kafka', way: 'kafka-jar', host: '127.0.0.1', port, version: '4.1.1', logFolder }
    expect(await machine.up('kafka')).toEqual({ outcome: 'up', startedNow: true, ...broker })
    const meta = join(machine.brokerFolder('kafka'), 'data/meta.properties')
    const formatted = await readFile(meta, 'utf8')
    expect(formatted).toContain('kafka.tools.StorageTool format -t eDA3LWxhYi1icm9rZXItMQ -c ')
    expect(await machine.down('kafka')).toMatchObject({ outcome: 'stopped', way: 'kafka-jar' })
    expect(await machine.up('kafka')).toMatchObject({ outcome: 'up', startedNow: true })
    expect(await readFile(meta, 'utf8')).toBe(formatted)
  })

  test('fails in one line where the data folder cannot be formatted', async () => {
    const java = FAKES.java.replace(
      "args.includes('format')",
      "args.includes('format') && console.error('no space left') === undefined && process.exit(1)",
    )
    await using machine = await fakeMachine({ java })
    const result = await machine.up('kafka')
    const data = join(machine.brokerFolder('kafka'), 'data')
    expect(result).toMatchObject({
      tried: [
        {},
        {
          reason: `formatting Kafka's data folder ${data} failed: no space left`,
          advice: `remove ${data} and try again`,
        },
      ],
    })
  })

  test('is not run from a jar that is not the pinned one', async () => {
    await using machine = await fakeMachine({ java: FAKES.java })
    await writeFile(join(machine.folder, 'cache/kafka-4.1.1/kafka_2.13-4.1.1.jar'), 'something else')
    expect(await machine.up('kafka')).toMatchObject({
      tried: [
        {},
        {
          way: 'kafka-jar',
          reason: "Kafka's jars are not in the cache and there is no mvn command to fetch them",
          advice: 'install Maven',
        },
      ],
    })
  })
})
