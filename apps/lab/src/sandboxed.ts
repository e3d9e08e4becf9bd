import { runSandboxed } from './sandbox/inside.ts'

void runSandboxed()
