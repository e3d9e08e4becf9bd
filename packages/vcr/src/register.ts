/** `node --import @x07-lab/vcr/register app.js`: records or replays this process, as `VCR_MODE` and `VCR_CASSETTE` say. */
const oldest = 24

// Before anything that an older Node cannot load, in whatever process of the program it is.
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(`vcr: ${process.execPath} is Node ${process.versions.node}, expected ${oldest} or newer\n`)
  process.exit(3)
}
const { attach } = await import('./process/attach.ts')
await attach(import.meta.url)
