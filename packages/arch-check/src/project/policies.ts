import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Endpoint, parseEndpoint } from '@x07-lab/msg-core/kit'
import { schemaVersionOf, validateContract, oneCode } from '../x07/contracts/context.ts'
import type { Document } from '../x07/document/document.ts'
import { readDocument } from '../x07/document/read-document.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { compareUtf8 } from '../order.ts'
import { tooWide } from './sandbox/bounds.ts'
import { checkRunnerRules } from '../x07/policy/runner-rules.ts'
import type { RunOsPolicy } from './sandbox/run-os-policy.generated.ts'
import type { AmqpProfileFile, ExporterFile, KafkaProfileFile } from './contract-values.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

/** The folders that hold run-os policies; no contract names them. Those of the first are what this product's sandbox runs under. */
const SANDBOX_FOLDER = 'arch/policy'
const FOLDERS = [SANDBOX_FOLDER, 'policy']

const INVALID = 'E_ARCH_POLICY_INVALID'

/** The run-os policies of a repository that are JSON, and what is wrong with those that are not. */
export interface PolicyFiles {
  readonly documents: readonly Document[]
  readonly findings: readonly Finding[]
}

/**
 * Run-os policies that are not valid, or wider than a sandbox of this product may be, and broker and exporter addresses that
 * no policy lets a program reach.
 */
export function checkPolicies(input: OwnRuleInput): Finding[] {
  const { root, context } = input
  const { documents } = input.policies
  const findings = [...input.policies.findings]
  const policies: RunOsPolicy[] = []
  for (const document of documents) {
    context.documents.add(document)
    const own = { ...context, emit: (finding: Finding) => findings.push({ ...finding, origin: 'own' }) }
    validateContract(own, document, 'run-os-policy', oneCode(INVALID), 'error')
    const policy = accepted<RunOsPolicy>(context, document)
    if (policy === undefined) continue
    findings.push(...checkRunnerRules(document, policy))
    if (document.file.startsWith(`${SANDBOX_FOLDER}/`)) findings.push(...checkBounds(root, document, policy))
    policies.push(policy)
  }
  // What a policy that cannot be used would allow is not known; it has a finding of its own.
  const allKnown = policies.length === documents.length && findings.every(({ code }) => code !== INVALID)
  return allKnown && policies.length > 0 ? [...findings, ...checkCoverage(input, policies)] : findings
}

/** What a policy of the sandbox may not allow, and the folders it writes that are really links. */
function checkBounds(root: string, document: Document, policy: RunOsPolicy): Finding[] {
  const links = policy.fs.write_roots.flatMap((path, at) => {
    const link = linkIn(root, path)
    if (link === undefined) return []
    return [{ pointer: `/fs/write_roots/${at}`, message: `${JSON.stringify(path)}: ${link} is a symbolic link` }]
  })
  return [...tooWide(policy, document.file), ...links].map(({ pointer, message }) =>
    findingAt('E_ARCH_POLICY_TOO_WIDE', document, pointer, `${pointer} ${message}`, {
      data: { instance_path: pointer },
    }),
  )
}

/** The first part of a path below the root that is a symbolic link. */
function linkIn(root: string, path: string): string | undefined {
  const names = path.split('/')
  return names
    .map((_, at) => names.slice(0, at + 1).join('/'))
    .find((part) => lstatSync(join(root, part), { throwIfNoEntry: false })?.isSymbolicLink() === true)
}

/** The policies of a repository. What is called one (`*.policy.json`) and cannot be read as one is a finding. */
export function readPolicies(root: string): PolicyFiles {
  const documents: Document[] = []
  const findings: Finding[] = []
  for (const file of FOLDERS.flatMap((folder) => jsonFilesIn(root, folder))) {
    const called = file.endsWith('.policy.json')
    const link = file.startsWith(`${SANDBOX_FOLDER}/`) && called ? linkIn(root, file) : undefined
    if (link !== undefined) {
      const message = `read the policy ${file}: ${link} is a symbolic link, expected the file itself`
      findings.push(ownFinding(INVALID, message, { file }))
      continue
    }
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
    // Below the sandbox's own folder nothing is passed over: it reads as a policy of the project, wherever it lies.
    return readdirSync(join(root, folder), { recursive: folder === SANDBOX_FOLDER, encoding: 'utf8' })
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
