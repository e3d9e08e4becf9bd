import { writeFileSync } from 'node:fs'

/** Writes a report as JSON where one was asked for. */
export function writeReport(file: string | undefined, document: object): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
}
