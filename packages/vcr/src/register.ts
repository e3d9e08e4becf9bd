/** `node --import @x07-lab/vcr/register app.js`: records or replays this process, as `VCR_MODE` and `VCR_CASSETTE` say. */
import { attach } from './process/attach.ts'

await attach()
