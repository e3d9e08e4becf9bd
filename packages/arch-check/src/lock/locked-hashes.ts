/** The hashes of one part of a contracts lock, in the order of checking; of a path that comes twice the last one counts. */
export class LockedHashes {
  readonly paths: string[] = []
  readonly hashes: string[] = []

  add(path: string, hash: string): void {
    this.paths.push(path)
    this.hashes.push(hash)
  }

  byPath(): Map<string, string> {
    return new Map(this.paths.map((path, at) => [path, this.hashes[at] ?? '']))
  }
}
