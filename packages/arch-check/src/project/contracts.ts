import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ContractContext, oneCode, validateContract } from '../x07/contracts/context.ts'
import { type Document, positionIn } from '../x07/document/document.ts'
import { readDocument } from '../x07/document/read-document.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { compareUtf8 } from '../order.ts'
import { formOf, PROJECT_FOLDER, PROJECT_FORMS } from './forms.ts'

/** Far above any contract: the folder is a pull request's to fill. */
const MAX_FILE_BYTES = 8 * 1024 * 1024
const MAX_FILES = 2_000

/** The contracts of our own, and what is wrong with them. */
export interface ProjectContracts {
  /** Those that are JSON, sorted by path; valid or not. */
  readonly documents: readonly Document[]
  readonly findings: readonly Finding[]
}

/** Reads and checks every file below `arch/vcr`; Markdown files are for people and are passed over. */
export function readProjectContracts(context: ContractContext): ProjectContracts {
  const documents: Document[] = []
  const findings: Finding[] = []
  const files = [...filesBelow(context.root, PROJECT_FOLDER)].toSorted((a, b) => compareUtf8(a.file, b.file))
  if (files.length > MAX_FILES) {
    const message = `list ${PROJECT_FOLDER}: it holds more than ${MAX_FILES} files`
    return { documents, findings: [ownFinding('E_ARCH_VCR_UNREADABLE', message, { file: PROJECT_FOLDER })] }
  }
  for (const { file, entry } of files) {
    const refuse = (code: string, message: string, place: { line?: number; col?: number } = {}): void => {
      findings.push(ownFinding(code, message, { file, ...place }))
    }
    if (!entry.isFile()) {
      refuse('E_ARCH_VCR_UNREADABLE', `read ${file}: it is ${kindOf(entry)}, expected a regular file`)
      continue
    }
    const form = formOf(file)
    if (form === undefined) {
      if (file.endsWith('.md')) continue
      const known = PROJECT_FORMS.map(({ suffix }) => `*${suffix}`).join(', ')
      refuse('E_ARCH_VCR_UNKNOWN_FORM', `look at ${file}: its name says no kind of contract; must be one of ${known}`)
      continue
    }
    const read = readRegularFile(join(context.root, file), MAX_FILE_BYTES)
    const document = read.ok ? readDocument(file, read.bytes) : { error: { reason: read.reason } }
    if ('error' in document) {
      const { reason, ...place } = document.error
      refuse('E_ARCH_VCR_UNREADABLE', `read ${file}: ${reason}`, place)
      continue
    }
    context.documents.add(document)
    documents.push(document)
    const emit = (finding: Finding): void => void findings.push({ ...finding, origin: 'own' })
    validateContract({ ...context, emit }, document, form.schema, oneCode('E_ARCH_VCR_INVALID'), 'error')
    if (!document.valid) continue
    const stem = file.slice(file.lastIndexOf('/') + 1, -form.suffix.length)
    const id = (document.value as { readonly id?: unknown }).id
    if (id !== stem) {
      const message = `check ${file}: id is ${JSON.stringify(id)}, the file name says ${JSON.stringify(stem)}; make them the same`
      findings.push(ownFinding('E_ARCH_VCR_ID_MISMATCH', message, positionIn(document, '/id')))
    }
    findings.push(...(form.check?.(document) ?? []))
  }
  return { documents, findings }
}

function* filesBelow(root: string, folder: string): Generator<{ file: string; entry: Dirent }> {
  let entries: Dirent[]
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true })
  } catch {
    return
  }
  for (const entry of entries) {
    const file = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(root, file)
    else yield { file, entry }
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isSymbolicLink()) return 'a symbolic link'
  if (entry.isFIFO()) return 'a named pipe'
  return entry.isSocket() ? 'a socket' : 'a device'
}
