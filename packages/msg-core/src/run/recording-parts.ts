import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { partAt, partFileName, maxParts, type PartOfSeal } from '../format/part.ts'
import { appendSeal } from '../format/seal.ts'
import { RrError, type EntryFields, type EntrySizes } from '../rr/index.ts'
import type { CassetteHandle } from '../rr/cassette-handle.ts'
import type { Completion } from './recording-run.ts'
import { versionOf } from './take-name.ts'

/** Kept free in every part for its seal; with what a recorder adds to it ours have less than half. */
const sealBytes = 4_096

/** The files of a recording: the first, and the next where one is full, each sealed and naming the seal of the one before. */
export class RecordingParts {
  /** The last one, which is written. */
  handle: CassetteHandle
  /** How many there are. */
  count = 1
  /** Entries of all parts, whose seals count too. */
  entries = 0
  readonly #cassette: string
  readonly #path: string
  readonly #final: string
  readonly #open: (part: number, after?: CassetteHandle) => CassetteHandle
  /** Entries of the last part. */
  #inPart = 0
  #previous: string | undefined

  /**
   * @param cassette the name to tell it by
   * @param path where the first part is written
   * @param final where it will be
   */
  constructor(
    cassette: string,
    path: string,
    final: string,
    open: (part: number, after?: CassetteHandle) => CassetteHandle,
  ) {
    this.#cassette = cassette
    this.#path = path
    this.#final = final
    this.#open = open
    this.handle = open(1)
  }

  append(fields: EntryFields): void {
    this.#goOnWhereFull({ key: fields.key.length, req: fields.req.length, resp: fields.resp.length })
    this.handle.appendEntry(fields)
    this.entries++
    this.#inPart++
  }

  /** Seals the last part. */
  complete({ open, more }: Required<Completion>): void {
    this.#goOnWhereFull({ key: 8, req: 0, resp: sealBytes + 11 * open.length + JSON.stringify(more).length })
    this.#seal({ number: this.count, parts: this.count }, { open, more })
    this.handle.close()
  }

  remove(): void {
    for (let part = 1; part <= this.count; part++) rmSync(partFileName(this.#path, part), { force: true })
  }

  /** Seals a part that has no room for an entry of these lengths, and goes on in the next. */
  #goOnWhereFull(sizes: EntrySizes): void {
    if (this.#inPart === 0 || this.handle.hasRoom(sizes, { entries: 1, bytes: sealBytes })) return
    const next = partFileName(this.#final, this.count + 1)
    if (this.count === maxParts) {
      throw new RrError(
        2003,
        `record ${this.#cassette}: it would outgrow ${maxParts} parts; raise max_cassette_bytes of its policy`,
      )
    }
    refuseOther(next, this.count + 1, this.#cassette)
    this.#seal({ number: this.count })
    const handle = this.handle
    this.handle = this.#open(this.count + 1, handle)
    handle.close()
    this.count++
    this.#inPart = 0
  }

  /** Ends a part with its seal, which names that of the part before. */
  #seal(part: PartOfSeal, { open = [], more }: Completion = {}): void {
    this.#previous = appendSeal(this.handle, {
      path: partFileName(this.#path, this.count),
      entries: this.#inPart,
      open,
      ...(part.parts === 1
        ? {}
        : { part: { ...part, ...(this.#previous === undefined ? {} : { previous_seal_sha256: this.#previous }) } }),
      ...(more === undefined ? {} : { more }),
    })
    this.entries++
  }
}

/** Where the next part would go stands nothing, or the part of an older recording of the same name. */
function refuseOther(path: string, number: number, cassette: string): void {
  if (versionOf(path) === undefined || partAt(path)?.number === number) return
  throw new RrError(
    2002,
    `record ${cassette}: it outgrows one cassette and would go on in ${basename(path)}, where another recording is; move that one away`,
  )
}
