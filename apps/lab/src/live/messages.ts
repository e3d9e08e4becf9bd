// What the process that serves the metrics and the sandboxed one, which has them, say to each other.

/** The metrics of one moment, in both forms of text. */
export interface Exposition {
  /** OpenMetrics, the bytes that `metrics.txt` would have now. */
  readonly openMetrics: string
  /** Prometheus's older text form, for clients that do not ask for the other. */
  readonly classic: string
}

export interface ScrapeAsked {
  readonly scrape: number
}

export interface ScrapeAnswered {
  readonly scraped: number | 'last'
  readonly exposition: Exposition
}
