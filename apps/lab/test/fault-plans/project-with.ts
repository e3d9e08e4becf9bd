import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createProject, type Project } from '../support/project.ts'

export const repository = join(import.meta.dirname, '..', '..', '..', '..')

/** The plans of the repository, by name. */
export const plans = readdirSync(join(repository, 'arch', 'vcr'))
  .filter((name) => name.endsWith('.fault.json'))
  .map((name) => name.replace('.fault.json', ''))

/** A project with one of the committed cassettes. */
export function projectWith(name: string): Project {
  const project = createProject()
  cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`), { recursive: true })
  return project
}
