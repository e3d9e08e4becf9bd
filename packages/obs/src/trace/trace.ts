/** A value that says something of a span; 64-bit integers as decimal text. */
export type AttributeValue = string | number | boolean

/** What is known of a span. */
export type Attributes = Readonly<Record<string, AttributeValue>>

/** One finished stretch of work, as data. */
export interface Span {
  /** From 1 in the order in which spans were started. */
  readonly id: number
  /** The span within which this one was started. */
  readonly parent?: number
  readonly name: string
  /** Ticks of the tracer's clock; one tick is one microsecond. */
  readonly startTicks: number
  readonly endTicks: number
  readonly outcome: 'ok' | 'error'
  readonly attributes: Attributes
}

/** A stretch of work that goes on. */
export interface ActiveSpan {
  readonly id: number
  /** Adds an attribute, or replaces it. Nothing happens after the end. */
  set(name: string, value: AttributeValue): void
  /** Starts a span within this one. */
  start(name: string, attributes?: Attributes): ActiveSpan
  /** Hands the span to the sink. Only the first call counts. */
  end(outcome?: Span['outcome']): void
}

/** Starts spans. */
export interface Tracer {
  start(name: string, attributes?: Attributes): ActiveSpan
}

/** How {@link createTracer} makes a tracer. */
export interface TracerOptions {
  /** Monotonic time in ticks: a cassette's in replay, so that a replayed run has the recorded run's spans. */
  readonly now: () => number
  /** Takes each span when it ends. */
  readonly sink: (span: Span) => void
}

/** Makes a tracer. It numbers spans itself and sends nothing anywhere: what becomes of spans is the sink's affair. */
export function createTracer({ now, sink }: TracerOptions): Tracer {
  let lastId = 0
  const start = (name: string, attributes: Attributes, parent?: number): ActiveSpan => {
    lastId += 1
    const id = lastId
    const startTicks = now()
    const known = { ...attributes }
    let ended = false
    return {
      id,
      set: (attribute, value) => {
        if (!ended) known[attribute] = value
      },
      start: (childName, childAttributes = {}) => start(childName, childAttributes, id),
      end: (outcome = 'ok') => {
        if (ended) return
        ended = true
        const within = parent === undefined ? {} : { parent }
        sink({ id, ...within, name, startTicks, endTicks: now(), outcome, attributes: known })
      },
    }
  }
  return { start: (name, attributes = {}) => start(name, attributes) }
}
