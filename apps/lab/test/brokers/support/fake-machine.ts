import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  type BrokerDeps,
  type BrokerKind,
  type BrokerSettings,
  down,
  status,
  systemClock,
  up,
} from '../../../src/brokers/index.ts'
import { freePort } from '../../../src/brokers/process/free-port.ts'
import { installPrograms } from './fake-programs.ts'

const REPO = join(import.meta.dirname, '../../../../..')

/** A machine of a test's own: its programs, its folders, a repository with one small jar, a free port. */
export type FakeMachine = AsyncDisposable & {
  readonly folder: string
  readonly deps: BrokerDeps
  readonly settings: BrokerSettings & { readonly port: number }
  /** The folder in which the broker of this kind has its record. */
  readonly brokerFolder: (kind: BrokerKind) => string
  readonly up: (kind: BrokerKind, deps?: Partial<BrokerDeps>) => ReturnType<typeof up>
  readonly down: (kind: BrokerKind) => ReturnType<typeof down>
  readonly status: (kind: BrokerKind) => ReturnType<typeof status>
}

/** Makes a machine that has these programs and no others; its broker's port is free unless told. Disposing of it ends every broker it started. */
export async function fakeMachine(programs: Readonly<Record<string, string>>, port?: number): Promise<FakeMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-machine-'))
  const bin = await installPrograms(folder, programs)
  const repo = join(folder, 'repo')
  await cp(join(REPO, 'brokers'), join(repo, 'brokers'), { recursive: true })
  const jar = 'a broker, as far as a checksum can tell'
  await writeFile(
    join(repo, 'brokers/kafka/jars.sha256'),
    `${createHash('sha256').update(jar).digest('hex')}  kafka_2.13-4.1.1.jar\n`,
  )
  const cacheFolder = join(folder, 'cache')
  await mkdir(join(cacheFolder, 'kafka-4.1.1'), { recursive: true })
  await writeFile(join(cacheFolder, 'kafka-4.1.1', 'kafka_2.13-4.1.1.jar'), jar)

  const env = { PATH: bin, HOME: join(folder, 'home'), FAKE_DOCKER: folder }
  const deps: BrokerDeps = { env, repo, clock: systemClock, searchFolders: [] }
  const settings = {
    port: port ?? (await freePort()),
    stateFolder: join(folder, 'state'),
    cacheFolder,
    readyTimeoutMs: 20_000,
  }
  const machine: FakeMachine = {
    folder,
    deps,
    settings,
    brokerFolder: (kind) => join(folder, 'state/brokers', `${kind}-${settings.port}`),
    up: (kind, more) => up(kind, { ...deps, ...more }, settings),
    down: (kind) => down(kind, deps, settings),
    status: (kind) => status(kind, deps, settings),
    [Symbol.asyncDispose]: async () => {
      for (const kind of ['amqp', 'kafka'] as const) await down(kind, deps, settings)
      await rm(folder, { recursive: true })
    },
  }
  return machine
}
