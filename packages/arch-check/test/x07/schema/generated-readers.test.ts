import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generate, readers } from '../../../scripts/generate-readers.ts'

test.for(readers)('$file is what the schema $schema says; `pnpm generate` writes it', async (reader) => {
  const committed = readFileSync(new URL(`../../../../../${reader.file}`, import.meta.url), 'utf8')
  expect(await generate(reader)).toBe(committed)
})
