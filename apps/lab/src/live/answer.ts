import { renderOpenMetrics, type Metrics } from '@x07-lab/obs'
import type { Exposition, ScrapeAnswered, ScrapeAsked } from './messages.ts'

/**
 * The sandboxed side: answers what is scraped with the values of the moment. It listens on no port; the process that started it does.
 *
 * @returns tells the values with which the run ended
 */
export function answerScrapes(metrics: Metrics): () => Promise<void> {
  const tell = (scraped: number | 'last', exposition: Exposition): void => {
    if (process.connected) process.send?.({ scraped, exposition } satisfies ScrapeAnswered, () => {})
  }
  process.on('message', (message) => {
    const { scrape } = message as Partial<ScrapeAsked>
    if (scrape !== undefined) void expose(metrics).then((exposition) => tell(scrape, exposition))
  })
  return async () => tell('last', await expose(metrics))
}

async function expose(metrics: Metrics): Promise<Exposition> {
  const { liveRegistry } = await import('@x07-lab/obs/live')
  return { openMetrics: renderOpenMetrics(metrics.snapshot()), classic: await liveRegistry(metrics).metrics() }
}
