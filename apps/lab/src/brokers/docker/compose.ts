import { join } from 'node:path'

import { exitCodes, UserError } from '../../user-error.ts'
import { findCommand } from '../process/find-command.ts'
import { lastLine, runCommand } from '../process/run-command.ts'
import type { Attempt, BrokerDeps, BrokerKind } from '../types.ts'

/** A running engine answers at once; a stale socket or context may hang. */
const ENGINE_TIMEOUT_MS = 10_000
/** Includes pulling the image. */
const COMPOSE_UP_TIMEOUT_MS = 600_000
const COMPOSE_DOWN_TIMEOUT_MS = 120_000

/** Service of `docker-compose.yml` and the variable that carries its published port. */
const SERVICES: Readonly<Record<BrokerKind, { readonly service: string; readonly portVariable: string }>> = {
  amqp: { service: 'rabbitmq', portVariable: 'X07_LAB_AMQP_PORT' },
  kafka: { service: 'redpanda', portVariable: 'X07_LAB_KAFKA_PORT' },
}

const INSTALL_ADVICE = 'install and start Docker with its compose plugin'

/** A Docker engine that answers, or why there is none. A `docker` command alone is only a client. */
export async function findEngine(
  deps: BrokerDeps,
): Promise<{ readonly found: true; readonly command: string } | ({ readonly found: false } & Attempt)> {
  const command = await findCommand('docker', deps.env)
  if (command === undefined) return noEngine('there is no docker command', INSTALL_ADVICE)
  const options = { env: deps.env, timeoutMs: ENGINE_TIMEOUT_MS, signal: deps.signal }
  const engine = await runCommand(command, ['version', '--format', '{{.Server.Version}}'], options)
  if (engine.outcome === 'timeout') {
    return noEngine(`the docker engine did not answer in ${ENGINE_TIMEOUT_MS / 1000} s`, 'start the Docker engine')
  }
  if (engine.outcome === 'missing' || engine.code !== 0 || engine.stdout.trim() === '') {
    return noEngine('there is a docker command but no engine that it can reach', 'start the Docker engine')
  }
  const compose = await runCommand(command, ['compose', 'version'], options)
  if (compose.outcome !== 'exited' || compose.code !== 0) {
    return noEngine('the docker command has no compose plugin', INSTALL_ADVICE)
  }
  return { found: true, command }
}

/** A compose project of its own for each broker and port, so that taking it down touches nothing else. */
export function composeProject(kind: BrokerKind, port: number): string {
  return `x07-lab-${kind}-${port}`
}

/** Starts the broker's container and waits for its health check. Undefined when it runs, else why it does not. */
export async function composeUp(
  command: string,
  kind: BrokerKind,
  port: number,
  deps: BrokerDeps,
): Promise<Attempt | undefined> {
  const { service, portVariable } = SERVICES[kind]
  const result = await runCommand(
    command,
    [...composeArgs(kind, port, deps.repo), 'up', '--detach', '--wait', service],
    {
      env: { ...deps.env, [portVariable]: String(port) },
      timeoutMs: COMPOSE_UP_TIMEOUT_MS,
      signal: deps.signal,
    },
  )
  if (result.outcome === 'exited' && result.code === 0) return undefined
  const why =
    result.outcome === 'exited'
      ? lastLine(result.stderr)
      : result.outcome === 'timeout'
        ? `no healthy container after ${COMPOSE_UP_TIMEOUT_MS / 60_000} minutes`
        : 'the docker command is gone'
  const advice = `look at docker compose -p ${composeProject(kind, port)} logs`
  return { way: 'docker', reason: `docker compose up ${service} failed: ${why}`, advice }
}

/** Removes the broker's container and its volumes. @throws UserError when Docker refuses */
export async function composeDown(kind: BrokerKind, port: number, deps: BrokerDeps): Promise<void> {
  const command = await findCommand('docker', deps.env)
  if (command === undefined) {
    throw new UserError(
      `stop ${composeProject(kind, port)}: there is no docker command any more; put it on PATH and try again`,
      exitCodes.environment,
    )
  }
  const result = await runCommand(command, [...composeArgs(kind, port, deps.repo), 'down', '--volumes'], {
    env: { ...deps.env, [SERVICES[kind].portVariable]: String(port) },
    timeoutMs: COMPOSE_DOWN_TIMEOUT_MS,
  })
  if (result.outcome === 'exited' && result.code === 0) return
  const why = result.outcome === 'exited' ? lastLine(result.stderr) : result.outcome
  throw new UserError(
    `docker compose -p ${composeProject(kind, port)} down failed: ${why}; start the Docker engine and try again`,
    exitCodes.environment,
  )
}

/** Whether the broker's container still runs; false too when no engine answers. */
export async function composeRuns(kind: BrokerKind, port: number, deps: BrokerDeps): Promise<boolean> {
  const command = await findCommand('docker', deps.env)
  if (command === undefined) return false
  const args = [...composeArgs(kind, port, deps.repo), 'ps', '--quiet', '--status', 'running']
  const result = await runCommand(command, args, { env: deps.env, timeoutMs: ENGINE_TIMEOUT_MS, signal: deps.signal })
  return result.outcome === 'exited' && result.code === 0 && result.stdout.trim() !== ''
}

function composeArgs(kind: BrokerKind, port: number, repo: string): string[] {
  return ['compose', '--project-name', composeProject(kind, port), '--file', join(repo, 'docker-compose.yml')]
}

function noEngine(reason: string, advice: string): { readonly found: false } & Attempt {
  return { found: false, way: 'docker', reason, advice }
}
