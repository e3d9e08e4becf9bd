import { join } from 'node:path'

import { BROKER_HOST } from '../types.ts'

/** Folders of a private node, all below its own; `log` and `home` included. */
export type RabbitmqFolders = {
  readonly home: string
  readonly data: string
  readonly log: string
  readonly config: string
}

/** Ports of a private node: AMQP, Erlang distribution, and its own port mapper. */
export type RabbitmqPorts = { readonly amqp: number; readonly distribution: number; readonly epmd: number }

/** Where a node in `folder` keeps what it has. */
export function rabbitmqFolders(folder: string): RabbitmqFolders {
  return {
    // The Erlang cookie is kept in the home folder: this node has its own and shares it with nobody.
    home: join(folder, 'home'),
    data: join(folder, 'data'),
    log: join(folder, 'log'),
    config: join(folder, 'config'),
  }
}

/** Fills `brokers/rabbitmq/rabbitmq.conf`. */
export function rabbitmqConf(template: string, port: number): string {
  return template.replaceAll('@amqp_listener@', `${BROKER_HOST}:${port}`)
}

/**
 * The environment of a private node: the caller's without any RabbitMQ or Erlang setting of theirs, then the node's
 * own. Every path and port that would otherwise fall back to the system node's is set.
 */
export function rabbitmqEnv(
  env: Readonly<Record<string, string | undefined>>,
  folders: RabbitmqFolders,
  ports: RabbitmqPorts,
): Record<string, string | undefined> {
  const inherited = Object.entries(env).filter(([name]) => !/^(RABBITMQ|ERL|NOTIFY_SOCKET)/.test(name))
  return {
    ...Object.fromEntries(inherited),
    HOME: folders.home,
    ERL_EPMD_ADDRESS: BROKER_HOST,
    ERL_EPMD_PORT: String(ports.epmd),
    // Without it the start script stays as the server's parent; with it the process that was started is the broker.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_CONF_ENV_FILE: join(folders.config, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folders.config, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folders.config, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folders.config, 'enabled_plugins'),
    RABBITMQ_SCHEMA_DIR: join(folders.config, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folders.config, 'generated'),
    RABBITMQ_NODENAME: `x07-lab-${ports.amqp}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: folders.data,
    RABBITMQ_LOG_BASE: folders.log,
    RABBITMQ_PID_FILE: join(folders.config, 'rabbitmq.pid'),
    // No busy waiting: an idle broker beside the tests should cost nothing.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
  }
}
