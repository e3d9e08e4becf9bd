import { join } from 'node:path'
import { defineConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

/** Builds the page into one file, `dist/page.html`, which the writer in `src` fills. */
export default defineConfig({
  root: join(import.meta.dirname, 'view'),
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: false,
    target: 'es2023',
    modulePreload: false,
    rolldownOptions: { input: join(import.meta.dirname, 'view', 'page.html') },
  },
})
