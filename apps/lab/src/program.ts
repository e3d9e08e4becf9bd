import { endWhenAsked } from './cli/stop-signals.ts'

/** What takes its time without blocking: a listener of a program that blocks would only keep it from being stopped. */
const waiting = new Set(['record', 'replay', 'demo', 'test'])

// Before anything else is loaded: who stops the program early is answered too.
if (process.argv.slice(2, 4).some((word) => waiting.has(word))) endWhenAsked(process.stderr)
void import('./cli/main.ts').then(({ main }) => main())
