import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { rabbitmqConf, rabbitmqEnv, rabbitmqFolders } from '../../../src/brokers/rabbitmq/config.ts'

test('the committed template listens on loopback and nowhere else', async () => {
  const template = await readFile(join(import.meta.dirname, '../../../../../brokers/rabbitmq/rabbitmq.conf'), 'utf8')
  const conf = rabbitmqConf(template, 5673).split('\n')
  expect(conf.filter((line) => line.startsWith('listeners'))).toEqual(['listeners.tcp.1 = 127.0.0.1:5673'])
})

test('no setting of a system node reaches the private one, and every folder is its own', () => {
  const env = rabbitmqEnv(
    {
      PATH: '/bin',
      HOME: '/root',
      RABBITMQ_NODENAME: 'rabbit@production',
      RABBITMQ_CONSOLE_LOG: 'new',
      ERL_EPMD_RELAXED_COMMAND_CHECK: '1',
      ERL_FLAGS: '-setcookie secret',
      NOTIFY_SOCKET: '/run/systemd/notify',
    },
    rabbitmqFolders('/state/node'),
    { amqp: 5673, distribution: 40_001, epmd: 40_002 },
  )
  expect(env).toEqual({
    PATH: '/bin',
    HOME: '/state/node/home',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: '40002',
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_CONF_ENV_FILE: '/state/node/config/rabbitmq-env.conf',
    RABBITMQ_CONFIG_FILE: '/state/node/config/rabbitmq.conf',
    RABBITMQ_ADVANCED_CONFIG_FILE: '/state/node/config/advanced.config',
    RABBITMQ_ENABLED_PLUGINS_FILE: '/state/node/config/enabled_plugins',
    RABBITMQ_SCHEMA_DIR: '/state/node/config/schema',
    RABBITMQ_GENERATED_CONFIG_DIR: '/state/node/config/generated',
    RABBITMQ_NODENAME: 'x07-lab-5673@localhost',
    RABBITMQ_DIST_PORT: '40001',
    RABBITMQ_MNESIA_BASE: '/state/node/data',
    RABBITMQ_LOG_BASE: '/state/node/log',
    RABBITMQ_PID_FILE: '/state/node/config/rabbitmq.pid',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
  })
})
