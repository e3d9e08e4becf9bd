import type { Document } from './document.ts'

/**
 * The documents a check has read. There are thousands, and a clean check asks for none of them by its path, so the table
 * of paths is made when somebody asks.
 */
export class Documents {
  readonly #read: Document[] = []
  /** Those whose paths were followed, wherever they led. */
  readonly #followed = new Set<Document>()
  #byFile: Map<string, Document> | undefined

  /** Adds a document; `mayBeLink` unless its path was known to end at a file of its own when it was read. */
  add(document: Document, { mayBeLink = true } = {}): void {
    this.#read.push(document)
    if (mayBeLink) this.#followed.add(document)
    this.#byFile?.set(document.file, document)
  }

  /** The document of a path, the last one where it was read twice. */
  get(file: string): Document | undefined {
    this.#byFile ??= new Map(this.#read.map((document) => [document.file, document]))
    return this.#byFile.get(file)
  }

  /** Whether the last name of a document's path may be a symbolic link. */
  mayBeLink(document: Document): boolean {
    return this.#followed.has(document)
  }

  /** In the order of reading; a file that was read twice comes twice. */
  [Symbol.iterator](): Iterator<Document> {
    return this.#read[Symbol.iterator]()
  }
}
