import type { Awaited, Endpoint, PlayReport } from '@x07-lab/msg-core/driver'
import type { Socket } from 'node:net'

import type { Dialled } from '../seam/endpoint.ts'

/** One cassette in use: by a process, a worker thread, or a scope of {@link vcr}. */
export interface Session {
  /** A socket is about to dial. True where the session connects it itself; false where Node shall. */
  dial(socket: Socket, dialled: Dialled): boolean
  /** What was seen so far; after {@link close} it is final. */
  report(): SessionReport
  /** Ends it. `complete`: whether what was recorded may become the cassette. */
  close(complete: boolean): SessionReport
}

/** A connection to a broker that the recorder could not follow. */
export interface NotUnderstood {
  readonly protocol: string
  readonly endpoint: Endpoint
  readonly why: string
}

/** What a session did, as data; `--report` writes it. */
export interface SessionReport extends Omit<PlayReport, 'used'> {
  readonly mode: 'record' | 'replay'
  /** The cassette's name below `.x07_rr/`. */
  readonly cassette: string
  /** Entries recorded, or played. */
  readonly entries: number
  readonly notUnderstood: readonly NotUnderstood[]
  /** Servers of the program itself that it dialled while nothing else was recorded. */
  readonly ownServers?: readonly string[]
  /** An addon with a client of its own that was loaded while nothing else was recorded or played. */
  readonly nativeClient?: string
  /** Why it could not do its work: the disk was full, the cassette is missing. */
  readonly problem?: string
  /** Where a recording is that did not become a cassette. */
  readonly partial?: string
  /** What the recording waited for when the program ended or stalled. */
  readonly waitingFor: readonly Awaited[]
}
