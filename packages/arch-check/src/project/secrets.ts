import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { AmqpProfileFile, ExporterFile, KafkaProfileFile } from './contract-values.ts'
import { isLoopback, parseEndpoint } from '@x07-lab/msg-core/kit'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

/** Secrets written in files, secrets that are missing, and traffic that leaves the machine in the clear. */
export function checkSecrets({ model, context, manifest }: OwnRuleInput): Finding[] {
  const groups = manifest.contracts_v1
  const kafka = (model.kafka?.profiles ?? []).flatMap((document) =>
    checkKafka(document, accepted<KafkaProfileFile>(context, document)),
  )
  const amqp = (model.amqp?.profiles ?? []).flatMap((document) =>
    checkAmqp(document, accepted<AmqpProfileFile>(context, document)),
  )
  const exporters = (model.obs?.exporters ?? []).flatMap((document) =>
    checkExporter(document, accepted<ExporterFile>(context, document)),
  )
  return [
    ...enforced(groups?.msg_kafka?.enforce, kafka),
    ...enforced(groups?.msg_amqp?.enforce, amqp),
    ...enforced(groups?.obs?.enforce, exporters),
  ]
}

function checkKafka(document: Document | undefined, profile: KafkaProfileFile | undefined): Finding[] {
  if (document === undefined || profile === undefined) return []
  const { sasl_mode: mode = 'none_v1', tls = true, ...security } = profile.security ?? {}
  const findings = profile.bootstrap.flatMap((address, at) => {
    const pointer = `/bootstrap/${at}`
    if (address.includes('@')) return [inlineSecret(document, pointer, 'a bootstrap address')]
    const endpoint = parseEndpoint(address)
    if (endpoint === undefined) {
      return [
        findingAt(
          'E_ARCH_MSG_KAFKA_BOOTSTRAP_INVALID',
          document,
          pointer,
          'a bootstrap address must be host:port with a port from 1 to 65535',
        ),
      ]
    }
    if (tls || isLoopback(endpoint.host)) return []
    const message = `${endpoint.host} is not this machine and tls is false: messages and credentials would travel in the clear`
    return [findingAt('E_ARCH_MSG_KAFKA_TLS_REQUIRED', document, pointer, message, { data: { host: endpoint.host } })]
  })
  const missing = (['username_secret_id', 'password_secret_id'] as const).filter((key) => (security[key] ?? '') === '')
  if (mode !== 'none_v1' && missing.length > 0) {
    const message = `sasl_mode ${mode} needs ${missing.join(' and ')}`
    findings.push(findingAt('E_ARCH_MSG_KAFKA_SECRET_MISSING', document, '/security', message, { data: { missing } }))
  }
  if (mode === 'none_v1' && missing.length < 2) {
    const message = 'secret ids are given, but sasl_mode is none_v1, so they are never used'
    findings.push(findingAt('W_ARCH_MSG_KAFKA_SECRET_UNUSED', document, '/security', message, { severity: 'warning' }))
  }
  return findings
}

function checkAmqp(document: Document | undefined, profile: AmqpProfileFile | undefined): Finding[] {
  if (document === undefined || profile === undefined) return []
  const findings: Finding[] = []
  if (profile.host.includes('@')) findings.push(inlineSecret(document, '/host', 'the host'))
  const given = (['username_secret_id', 'password_secret_id'] as const).filter(
    (key) => (profile.auth?.[key] ?? '') !== '',
  )
  if (given.length === 1) {
    const message = `${given[0]} is given alone; a user name needs a password and the other way round`
    findings.push(findingAt('E_ARCH_MSG_AMQP_SECRET_INCOMPLETE', document, '/auth', message))
  }
  // The profile has no tls field; 5671 is the port of AMQP over TLS.
  if (!profile.host.includes('@') && !isLoopback(profile.host) && profile.port !== 5671) {
    const message = `${profile.host}:${profile.port} is not this machine and not the TLS port 5671: messages and credentials would travel in the clear`
    findings.push(findingAt('W_ARCH_MSG_AMQP_PLAINTEXT', document, '/port', message, { severity: 'warning' }))
  }
  return findings
}

/** Headers whose value is a credential. */
const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie|.*(?:api[-_]?key|token|secret|password).*)$/i

function checkExporter(document: Document | undefined, exporter: ExporterFile | undefined): Finding[] {
  if (document === undefined || exporter === undefined) return []
  const findings: Finding[] = []
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(exporter.cfg.endpoint))
    findings.push(inlineSecret(document, '/cfg/endpoint', 'the endpoint'))
  exporter.cfg.headers?.forEach(({ k, v }, at) => {
    if (SECRET_HEADER.test(k) && v !== '')
      findings.push(inlineSecret(document, `/cfg/headers/${at}/v`, `the header ${k}`))
  })
  return findings
}

/** The secret itself stays out of the message. */
function inlineSecret(document: Document, pointer: string, where: string): Finding {
  return findingAt(
    'E_ARCH_SECRET_INLINE',
    document,
    pointer,
    `${where} holds a credential; name a secret by its id instead`,
  )
}
