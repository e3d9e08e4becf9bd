import { DriverError } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { dialerCheck } from '../../src/sandbox/dialer.ts'

const check = dialerCheck({
  file: 'arch/policy/os_record.policy.json',
  readRoots: [],
  writeRoots: [],
  allowed: [
    { host: '127.0.0.1', port: 5672 },
    { host: '::1', port: 9092 },
    { host: 'broker.example', port: 5672 },
    { host: '10.0.0.1', port: 5672 },
  ],
  env: [],
  threads: 0,
})

describe('the dialer check', () => {
  test.each([
    ['127.0.0.1', 5672],
    ['::1', 9092],
  ])('lets %s:%d through', (host, port) => {
    expect(check(host, port)).toBeUndefined()
  })

  test.each([
    ['127.0.0.1', 9092],
    ['127.0.0.2', 5672],
    ['localhost', 5672],
    ['127.1', 5672],
    ['0.0.0.0', 5672],
  ])('refuses %s:%d, which the policy does not list literally', (host, port) => {
    expect(() => check(host, port)).toThrow(
      new DriverError(
        'access_denied',
        `connect to ${host}:${port}: arch/policy/os_record.policy.json does not list it in net.allow_hosts; add it there, or correct the broker's address in arch/msg`,
      ),
    )
  })

  test.each(['broker.example', '10.0.0.1'])('refuses %s although it is listed: it is not this machine', (host) => {
    expect(() => check(host, 5672)).toThrow(
      `connect to ${host}:5672: only loopback addresses are recorded from, and this is none`,
    )
  })
})
