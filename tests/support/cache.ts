import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder for what live tests fetch once. */
export const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab')
