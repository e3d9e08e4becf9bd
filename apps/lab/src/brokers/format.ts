import { BROKER_NAMES, type DownResult, type RunningBroker, type StatusResult, type UpResult } from './types.ts'

/** Lines for people about the result of `up`; what was tried and what to do, where there is no broker. */
export function formatUp(result: UpResult): readonly string[] {
  const name = BROKER_NAMES[result.kind]
  const where = `${result.host}:${result.port}`
  switch (result.outcome) {
    case 'up':
      return [`${describe(result)}${result.startedNow ? ', started now' : ''}`, ...logLine(result)]
    case 'port-held':
      return [`cannot start ${name} on ${where}: the port is held by ${result.seen}; stop it or choose another port`]
    case 'unavailable':
      return [
        `no ${name} to be had on ${where}; tried`,
        ...result.tried.map((attempt) => `  ${attempt.way}: ${attempt.reason}; ${attempt.advice}`),
      ]
  }
}

/** One line for people about the result of `down`. */
export function formatDown(result: DownResult): readonly string[] {
  const where = `${BROKER_NAMES[result.kind]} on ${result.host}:${result.port}`
  switch (result.outcome) {
    case 'stopped':
      return [`${where}: stopped (${result.way})`]
    case 'not-ours':
      return [`${where}: left running, the lab did not start it`]
    case 'not-running':
      return [`${where}: nothing to stop`]
  }
}

/** Lines for people about the result of `status`. */
export function formatStatus(result: StatusResult): readonly string[] {
  const where = `${BROKER_NAMES[result.kind]} on ${result.host}:${result.port}`
  switch (result.state) {
    case 'up':
      return [describe(result), ...logLine(result)]
    case 'down':
      return [`${where}: not running`]
    case 'port-held':
      return [`${where}: not running; the port is held by ${result.seen}`]
    case 'starting':
      return [`${where}: starting (${result.way})`, ...logLine(result)]
    case 'unresponsive':
      return [`${where}: runs and does not answer (${result.way})`, ...logLine(result)]
    case 'crashed':
      return [`${where}: started by the lab (${result.way}) and gone since`, ...logLine(result)]
  }
}

function describe(broker: RunningBroker): string {
  const version = broker.version === undefined ? '' : ` ${broker.version}`
  const way = broker.way === 'listening' ? 'it listened already' : broker.way
  return `${broker.name ?? BROKER_NAMES[broker.kind]}${version} answers on ${broker.host}:${broker.port} (${way})`
}

function logLine(of: { readonly logFolder?: string }): readonly string[] {
  return of.logFolder === undefined ? [] : [`  log in ${of.logFolder}`]
}
