import { apiKeys, type Fields } from '../protocol/index.ts'

/** Newer versions name topics by an id; Metadata and CreateTopics tell which id stands for which name. */
export class TopicNames {
  readonly #names = new Map<string, string>()
  readonly #ids = new Map<string, string>()

  /** Takes what an answer of these two APIs tells. */
  learn(apiKey: number, answer: Fields): void {
    if (apiKey !== apiKeys.Metadata && apiKey !== apiKeys.CreateTopics) return
    for (const { name, topicId } of answer['topics'] as { name?: string | null; topicId?: string }[]) {
      if (typeof name !== 'string' || topicId === undefined) continue
      this.#names.set(topicId, name)
      this.#ids.set(name, topicId)
    }
  }

  /** The name of a topic of a message, which has a name or an id; the id where no name is known. */
  of({ name, topic, topicId }: { name?: unknown; topic?: unknown; topicId?: unknown }): string {
    if (typeof name === 'string') return name
    if (typeof topic === 'string') return topic
    return this.#names.get(topicId as string) ?? (topicId as string)
  }

  idOf(name: string): string | undefined {
    return this.#ids.get(name)
  }
}
