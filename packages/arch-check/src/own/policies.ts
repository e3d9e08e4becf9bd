import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Endpoint, parseEndpoint } from '@x07-lab/msg-core/kit'
import { schemaVersionOf, validateContract, oneCode } from '../contracts/context.ts'
import type { Document } from '../document/document.ts'
import { readDocument } from '../document/read-document.ts'
import { readRegularFile } from '../files/read.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { compareUtf8 } from '../order.ts'
import { checkRunnerRules } from '../policy/runner-rules.ts'
import type { RunOsPolicy } from '../policy/types.ts'
import type { AmqpProfileFile, ExporterFile, KafkaProfileFile } from './contract-values.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

/** The folders that hold run-os policies; no contract names them. */
const FOLDERS = ['arch/policy', 'policy']

const INVALID = 'E_ARCH_POLICY_INVALID'

/** Run-os policies that are not valid, and broker and exporter addresses that no policy lets a program reach. */
export function checkPolicies(input: OwnRuleInput): Finding[] {
  const { root, context } = input
  const { documents, findings } = readPolicies(root)
  const policies: RunOsPolicy[] = []
  for (const document of documents) {
    context.documents.add(document)
    const own = { ...context, emit: (finding: Finding) => findings.push({ ...finding, origin: 'own' }) }
    validateContract(own, document, 'run-os-policy', oneCode(INVALID), 'error')
    const policy = accepted<RunOsPolicy>(context, document)
    if (policy === undefined) continue
    findings.push(...checkRunnerRules(document, policy))
    policies.push(policy)
  }
  // What a policy that cannot be used would allow is not known; it has a finding of its own.
  const allKnown = policies.length === documents.length && findings.every(({ code }) => code !== INVALID)
  return allKnown && policies.length > 0 ? [...findings, ...checkCoverage(input, policies)] : findings
}

/** The policies of a repository. What is called one (`*.policy.json`) and cannot be read as one is a finding. */
function readPolicies(root: string): { documents: Document[]; findings: Finding[] } {
  const documents: Document[] = []
  const findings: Finding[] = []
  for (const file of FOLDERS.flatMap((folder) => jsonFilesIn(root, folder))) {
    const called = file.endsWith('.policy.json')
    const read = readRegularFile(join(root, file))
    const document = read.ok ? readDocument(file, read.bytes) : { error: { reason: read.reason } }
    if (!('error' in document)) {
      if (called || schemaVersionOf(document)?.startsWith('x07.run-os-policy@') === true) documents.push(document)
    } else if (called) {
      const { reason, ...place } = document.error
      findings.push(ownFinding(INVALID, `read the policy ${file}: ${reason}`, { file, ...place }))
    }
  }
  return { documents, findings }
}

function jsonFilesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.json'))
      .toSorted(compareUtf8)
      .map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}

function checkCoverage({ model, context, manifest }: OwnRuleInput, policies: readonly RunOsPolicy[]): Finding[] {
  const groups = manifest.contracts_v1
  const check = (document: Document, pointer: string, endpoint: Endpoint | undefined): Finding[] => {
    if (endpoint === undefined || policies.some((policy) => covers(policy, endpoint))) return []
    const address = `${endpoint.host}:${endpoint.port}`
    const message = `no run-os policy in ${FOLDERS.join(' or ')} lets a program reach ${address}; add it to net.allow_hosts`
    return [
      findingAt('E_ARCH_POLICY_HOST_NOT_COVERED', document, pointer, message, {
        data: { host: endpoint.host, port: endpoint.port },
      }),
    ]
  }
  const kafka = (model.kafka?.profiles ?? []).flatMap((document) => {
    const profile = accepted<KafkaProfileFile>(context, document)
    if (document === undefined || profile === undefined) return []
    return profile.bootstrap.flatMap((address, at) => check(document, `/bootstrap/${at}`, parseEndpoint(address)))
  })
  const amqp = (model.amqp?.profiles ?? []).flatMap((document) => {
    const profile = accepted<AmqpProfileFile>(context, document)
    if (document === undefined || profile === undefined || profile.host.includes('@')) return []
    return check(document, '/port', { host: profile.host.toLowerCase(), port: profile.port })
  })
  const exporters = (model.obs?.exporters ?? []).flatMap((document) => {
    const exporter = accepted<ExporterFile>(context, document)
    if (document === undefined || exporter === undefined) return []
    return check(document, '/cfg/endpoint', endpointOfUrl(exporter.cfg.endpoint))
  })
  return [
    ...enforced(groups?.msg_kafka?.enforce, kafka),
    ...enforced(groups?.msg_amqp?.enforce, amqp),
    ...enforced(groups?.obs?.enforce, exporters),
  ]
}

function endpointOfUrl(text: string): Endpoint | undefined {
  if (!URL.canParse(text)) return parseEndpoint(text)
  const { hostname, port, protocol } = new URL(text)
  const fallback = protocol === 'https:' ? 443 : 80
  return { host: hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase(), port: port === '' ? fallback : Number(port) }
}

function covers({ net }: RunOsPolicy, endpoint: Endpoint): boolean {
  if (!net.enabled || !net.allow_tcp) return false
  const isName = !/^[\d.]+$/.test(endpoint.host) && !endpoint.host.includes(':')
  if (isName && !net.allow_dns) return false
  return net.allow_hosts.some(
    ({ host, ports }) =>
      host.toLowerCase().replace(/^\[(.*)\]$/, '$1') === endpoint.host && ports.includes(endpoint.port),
  )
}
