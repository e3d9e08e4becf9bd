import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { cassetteName } from '@x07-lab/msg-core/run'

/** The cassette of a child process or worker thread of a run, counted from 1. */
export function workerName(cassette: string, number: number): string {
  return `${folderOf(cassette)}/worker-${number}`
}

/** Whether there is a cassette of any child process or worker thread. */
export function hasWorkers(root: string, cassette: string): boolean {
  try {
    const names = readdirSync(join(root, CASSETTE_FOLDER, folderOf(cassette)))
    return names.some((name) => /^worker-\d+\.rrbin$/.test(name))
  } catch {
    return false
  }
}

function folderOf(given: string): string {
  return cassetteName(given).replace(/\.rrbin$/, '')
}
