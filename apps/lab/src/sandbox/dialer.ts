import { DriverError } from '@x07-lab/msg-core'
import { isLoopbackAddress } from '@x07-lab/msg-core/kit'
import type { SandboxPolicy } from './policy.ts'

/**
 * The one check before a connection is opened: address and port must be among the policy's, literally, and on loopback.
 * Names are not resolved: a policy lists addresses, and what was looked up could change between check and connect.
 *
 * @throws DriverError `access_denied` naming the policy file and the rule
 */
export function dialerCheck(policy: SandboxPolicy): (host: string, port: number) => void {
  return (host, port) => {
    const address = host.toLowerCase()
    const listed = policy.allowed.some((rule) => rule.host === address && rule.port === port)
    if (!listed) {
      throw new DriverError(
        'access_denied',
        `connect to ${host}:${port}: ${policy.file} does not list it in net.allow_hosts; add it there, or correct the broker's address in arch/msg`,
      )
    }
    if (!isLoopbackAddress(address)) {
      throw new DriverError(
        'access_denied',
        `connect to ${host}:${port}: only loopback addresses are recorded from, and this is none`,
      )
    }
  }
}
