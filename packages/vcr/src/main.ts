#!/usr/bin/env node
import { main } from './cli/main.ts'

// `pnpm vcr` in the workspace starts this in the workspace's folder, whatever the folder is in which it is called.
const { npm_lifecycle_event: script, INIT_CWD: calledIn } = process.env
if (import.meta.url.endsWith('.ts') && script === 'vcr' && calledIn !== undefined) process.chdir(calledIn)

process.exitCode = await main(process.argv.slice(2))
