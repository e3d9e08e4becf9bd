/**
 * The manifest `NAME.shards.json` beside the cassettes of workers: which of them made one result. `lab merge` writes it as canonical
 * JSON, `arch:check` compares it with the cassettes, and the lock pins it.
 */
export interface ShardManifest {
  readonly schema_version: typeof shardManifestVersion
  /** `root_sha256` of the merged aggregate. */
  readonly root_sha256: string | null
  readonly shards: readonly ManifestShard[]
}

/** One cassette that was merged. */
export interface ManifestShard {
  /** Name below `.x07_rr/`. */
  readonly cassette: string
  /** False for what a worker that died had recorded until then. */
  readonly whole: boolean
  readonly entries: number
  /** The number of its first entry, counted through all shards. */
  readonly first_entry: number
  /** Of the file; only where it is whole. */
  readonly sha256?: string
}

export const shardManifestVersion = 'x07.lab.shards@0.1.0'

/** What the names of manifests end with. */
export const shardManifestEnding = '.shards.json'
