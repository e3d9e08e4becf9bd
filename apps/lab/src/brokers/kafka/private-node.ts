import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LaunchError, type NativeWay, type StartedNode } from '../launcher.ts'
import { freePort } from '../process/free-port.ts'
import type { ProcessIdentity } from '../process/identity.ts'
import { lastLine, runCommand } from '../process/run-command.ts'
import { spawnDetached } from '../process/spawn-detached.ts'
import { downloadFolder } from '../state/folders.ts'
import type { BrokerDeps } from '../types.ts'
import { CLUSTER_ID, kafkaProperties } from './config.ts'
import { checkJars, fetchJars, kafkaVersion, parseJarList, type PinnedJar } from './jars.ts'
import { findJava, MIN_JAVA_MAJOR } from './java.ts'

/**
 * A development broker starts often and is rarely busy. Measured on two cores: 370 MB resident after its start, and
 * with the first compiler alone it takes 3.6 s of processor time to start instead of 5.8 s.
 */
const JVM_OPTIONS = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

const FORMAT_TIMEOUT_MS = 120_000

type KafkaProgram = { readonly java: string; readonly jarFolder: string; readonly jars: readonly PinnedJar[] }

/** Apache Kafka in KRaft mode, broker and controller in one process, from jars that Maven fetched. */
export const kafkaJar: NativeWay = {
  kind: 'kafka',
  way: 'kafka-jar',
  stopGraceMs: 30_000,
  find: async (deps, settings) => {
    const java = await findJava(deps)
    if (typeof java === 'string') {
      const advice = `install Java ${MIN_JAVA_MAJOR} and Maven, on Debian and Ubuntu with 'apt-get install openjdk-17-jre-headless maven'`
      return { found: false, way: 'kafka-jar', reason: java, advice }
    }
    const jars = parseJarList(await readFile(join(deps.repo, 'brokers/kafka/jars.sha256'), 'utf8'))
    const jarFolder = join(downloadFolder(deps.env, settings), `kafka-${kafkaVersion(jars)}`)
    const program: KafkaProgram = { ...java, jarFolder, jars }
    return {
      found: true,
      launcher: { start: (folder, port, started) => startNode(program, deps, folder, port, started) },
    }
  },
}

async function startNode(
  program: KafkaProgram,
  deps: BrokerDeps,
  folder: string,
  port: number,
  started: (processes: readonly ProcessIdentity[]) => Promise<void>,
): Promise<StartedNode> {
  if ((await checkJars(program.jarFolder, program.jars)) !== undefined) {
    await fetchJars(program.jarFolder, program.jars, deps)
  }
  const data = join(folder, 'data')
  const logFolder = join(folder, 'log')
  for (const path of [data, logFolder]) await mkdir(path, { recursive: true, mode: 0o700 })
  const template = await readFile(join(deps.repo, 'brokers/kafka/server.properties'), 'utf8')
  const properties = join(folder, 'server.properties')
  // The controller's port is chosen anew at each start: the static voter list is the only place that names it.
  const ports = { broker: port, controller: await freePort() }
  await writeFile(properties, kafkaProperties(template, ports, data))

  const command = javaArgs(program, deps.repo, logFolder)
  await formatOnce(program, command, properties, data, deps)
  const broker = await spawnDetached(program.java, [...JVM_OPTIONS, ...command, 'kafka.Kafka', properties], {
    env: deps.env,
    cwd: folder,
    logFile: join(logFolder, 'startup.log'),
  })
  if (broker === undefined) throw new LaunchError('Kafka ended at once', `its log is in ${logFolder}`)
  await started([broker])
  return { processes: [broker], logFolder, version: kafkaVersion(program.jars) }
}

/** The class path names each verified jar; whatever else lies in the folder is not run. */
function javaArgs(program: KafkaProgram, repo: string, logFolder: string): string[] {
  return [
    `-Dlab.log.dir=${logFolder}`,
    `-Dlog4j2.configurationFile=${join(repo, 'brokers/kafka/log4j2.properties')}`,
    '-cp',
    program.jars.map((jar) => join(program.jarFolder, jar.name)).join(':'),
  ]
}

/** Kafka refuses to run on an unformatted folder, and to format one twice. */
async function formatOnce(
  program: KafkaProgram,
  command: readonly string[],
  properties: string,
  data: string,
  deps: BrokerDeps,
): Promise<void> {
  if (await exists(join(data, 'meta.properties'))) return
  const args = [...command, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  const result = await runCommand(program.java, args, {
    env: deps.env,
    timeoutMs: FORMAT_TIMEOUT_MS,
    signal: deps.signal,
  })
  if (result.outcome === 'exited' && result.code === 0) return
  const why = result.outcome === 'exited' ? lastLine(result.stderr) || lastLine(result.stdout) : result.outcome
  throw new LaunchError(`formatting Kafka's data folder ${data} failed: ${why}`, `remove ${data} and try again`)
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
