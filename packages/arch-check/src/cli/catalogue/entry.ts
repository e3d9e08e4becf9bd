/** One code of the catalogue: what it means and what to do about it. */
export type CatalogueEntry = readonly [code: string, meaning: string, remedy: string]
