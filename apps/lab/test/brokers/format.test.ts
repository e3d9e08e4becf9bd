import { expect, test } from 'vitest'

import {
  type DownResult,
  formatDown,
  formatStatus,
  formatUp,
  type StatusResult,
  type UpResult,
} from '../../src/brokers/index.ts'

const amqp = { kind: 'amqp', host: '127.0.0.1', port: 5672 } as const
const kafka = { kind: 'kafka', host: '127.0.0.1', port: 9092 } as const
const node = { ...amqp, way: 'rabbitmq-server', version: '3.10.8', logFolder: '/state/log' } as const
const seen = 'a server that accepts connections and does not answer'

test.each<[UpResult, string]>([
  [
    { outcome: 'up', startedNow: true, ...node },
    'RabbitMQ 3.10.8 answers on 127.0.0.1:5672 (rabbitmq-server), started now\n  log in /state/log',
  ],
  [
    { outcome: 'up', startedNow: false, way: 'listening', ...kafka },
    'Kafka answers on 127.0.0.1:9092 (it listened already)',
  ],
  [
    { outcome: 'port-held', ...kafka, seen },
    'cannot start Kafka on 127.0.0.1:9092: the port is held by a server that accepts connections and does not answer; stop it or choose another port',
  ],
  [
    {
      outcome: 'unavailable',
      ...amqp,
      tried: [
        { way: 'docker', reason: 'there is no docker command', advice: 'install Docker' },
        { way: 'rabbitmq-server', reason: 'there is no rabbitmq-server command', advice: 'install RabbitMQ' },
      ],
    },
    'no RabbitMQ to be had on 127.0.0.1:5672; tried\n  docker: there is no docker command; install Docker\n  rabbitmq-server: there is no rabbitmq-server command; install RabbitMQ',
  ],
])('up is told in lines (%#)', (result, lines) => {
  expect(formatUp(result).join('\n')).toBe(lines)
})

test.each<[DownResult, string]>([
  [{ outcome: 'stopped', way: 'docker', ...kafka }, 'Kafka on 127.0.0.1:9092: stopped (docker)'],
  [{ outcome: 'not-ours', ...amqp }, 'RabbitMQ on 127.0.0.1:5672: left running, the lab did not start it'],
  [{ outcome: 'not-running', ...amqp }, 'RabbitMQ on 127.0.0.1:5672: nothing to stop'],
])('down is told in one line (%#)', (result, line) => {
  expect(formatDown(result)).toEqual([line])
})

test.each<[StatusResult, string]>([
  [
    { state: 'up', way: 'listening', ...amqp, name: 'qpid', version: '9.2.1' },
    'qpid 9.2.1 answers on 127.0.0.1:5672 (it listened already)',
  ],
  [{ state: 'up', ...node }, 'RabbitMQ 3.10.8 answers on 127.0.0.1:5672 (rabbitmq-server)\n  log in /state/log'],
  [{ state: 'down', ...kafka }, 'Kafka on 127.0.0.1:9092: not running'],
  [
    { state: 'port-held', ...amqp, seen },
    'RabbitMQ on 127.0.0.1:5672: not running; the port is held by a server that accepts connections and does not answer',
  ],
  [{ state: 'starting', ...node }, 'RabbitMQ on 127.0.0.1:5672: starting (rabbitmq-server)\n  log in /state/log'],
  [{ state: 'unresponsive', way: 'docker', ...kafka }, 'Kafka on 127.0.0.1:9092: runs and does not answer (docker)'],
  [
    { state: 'crashed', ...node },
    'RabbitMQ on 127.0.0.1:5672: started by the lab (rabbitmq-server) and gone since\n  log in /state/log',
  ],
])('status is told in lines (%#)', (result, lines) => {
  expect(formatStatus(result).join('\n')).toBe(lines)
})
