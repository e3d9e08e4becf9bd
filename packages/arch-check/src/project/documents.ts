import { escapePointerToken, type JsonNode } from '@x07-lab/msg-core/json'
import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { printX07Number, readX07Number } from '../x07/hash/x07-number.ts'
import type { OwnRuleInput } from './input.ts'

/** More about the texts of all documents together help nobody. */
const MAX_FINDINGS = 10_000

/** Things a JSON text can say that two readers, or two canonical forms, understand differently. */
export function checkDocuments({ context }: OwnRuleInput): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const document of context.documents) {
    // Building the tree of each contract would cost more than checking it.
    if (document.plain || seen.has(document.file)) continue
    seen.add(document.file)
    visit(document, document.tree(), '', findings)
  }
  return findings
}

function visit(document: Document, node: JsonNode, pointer: string, findings: Finding[]): void {
  if (findings.length >= MAX_FINDINGS) return
  const at = (start: number) => ({ file: document.file, pointer, ...document.place(start) })
  if (node.kind === 'number') {
    const number = readX07Number(node.token)
    const x07 = number === undefined ? node.token : printX07Number(number)
    const rfc = JSON.stringify(Number(node.token))
    if (x07 === rfc) return
    const message = `check ${document.file}: ${node.token} is ${x07} in the hash and ${rfc} by RFC 8785; write a number both print alike`
    findings.push(
      ownFinding('W_ARCH_NUMBER_FORM', message, at(node.start), { severity: 'warning', data: { token: node.token } }),
    )
  } else if (node.kind === 'array') {
    node.items.forEach((item, index) => visit(document, item, `${pointer}/${index}`, findings))
  } else if (node.kind === 'object') {
    const seen = new Set<string>()
    for (const member of node.members) {
      if (seen.has(member.key)) {
        const message = `check ${document.file}: the key ${JSON.stringify(member.key)} occurs twice in one object; the last one counts`
        findings.push(ownFinding('E_ARCH_JSON_DUPLICATE_KEY', message, at(member.start), { data: { key: member.key } }))
      }
      seen.add(member.key)
      visit(document, member.value, `${pointer}/${escapePointerToken(member.key)}`, findings)
    }
  }
}
