/** What `cassette export` writes. */
export const exportForms = ['ndjson', 'kcat', 'kcat-lines', 'csv', 'rabtap', 'otlp'] as const
/** What `cassette import` reads. */
export const importForms = ['ndjson', 'kcat', 'console-consumer', 'rabtap', 'firehose'] as const

export type ExportForm = (typeof exportForms)[number]
export type ImportForm = (typeof importForms)[number]
