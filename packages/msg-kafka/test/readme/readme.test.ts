import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('the program in the README is the one that the live tests run', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const program = await readFile(join(import.meta.dirname, 'example.ts'), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${program}\`\`\`\n`)
})
