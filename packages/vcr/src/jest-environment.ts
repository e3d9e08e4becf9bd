import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { say } from './report/say.ts'
import { reportLines } from './report/text.ts'
import { cassetteOf } from './runners/name.ts'
import { divergedFrom, vcr, type Tape, type TapeOptions } from './tape.ts'

interface NodeEnvironment {
  readonly global: TapeOptions['realm']
  setup(): Promise<void>
  teardown(): Promise<void>
}

interface JestConfig {
  readonly projectConfig: {
    readonly rootDir: string
    /** For the environment: options of the tape. */
    readonly testEnvironmentOptions?: Omit<TapeOptions, 'cassette' | 'realm' | 'root'>
  }
}

interface JestContext {
  readonly testPath: string
}

type EnvironmentClass = new (config: JestConfig, context: JestContext) => NodeEnvironment

// The project's own: its version has to be that of its jest.
const ownRequire = createRequire(pathToFileURL(join(process.cwd(), 'package.json')))
const { TestEnvironment } = ownRequire('jest-environment-node') as { readonly TestEnvironment: EnvironmentClass }

/**
 * Jest's node environment with a tape around each test file: `testEnvironment: '@x07-lab/vcr/jest-environment'`. A file in
 * which a test fails does not seal its recording; what a replay finds fails the file, or is said on standard error beside the failures of its tests. `testEnvironmentOptions` are those of
 * {@link vcr}.
 */
export default class VcrEnvironment extends TestEnvironment {
  readonly #root: string
  readonly #cassette: string
  readonly #options: JestConfig['projectConfig']['testEnvironmentOptions']
  #tape: Tape | undefined
  #failed = false
  /** Whether jest has begun to look at the file and not run its tests to the end: it cannot be loaded, for example. */
  #isUnfinished = false

  constructor(config: JestConfig, context: JestContext) {
    super(config, context)
    this.#root = config.projectConfig.rootDir
    this.#options = config.projectConfig.testEnvironmentOptions
    this.#cassette = cassetteOf(this.#root, context.testPath)
  }

  override async setup(): Promise<void> {
    await super.setup()
    const { pin, virtualTime, mode, passthrough, rules } = this.#options ?? {}
    const given = { pin, virtualTime, mode, passthrough, rules }
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    this.#tape = await vcr({ ...options, cassette: this.#cassette, root: this.#root, realm: this.global! })
  }

  handleTestEvent(event: { readonly name: string }): void {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.#failed = true
    // A runner that tells nothing is taken at its word.
    this.#isUnfinished = event.name !== 'run_finish' && event.name !== 'teardown'
  }

  override async teardown(): Promise<void> {
    try {
      if (this.#failed || this.#isUnfinished) this.#abandon()
      else await this.#tape?.close()
    } finally {
      await super.teardown()
    }
  }

  /** Jest shows a failed environment in the place of its tests' failures: what a replay found is said beside them. */
  #abandon(): void {
    const report = this.#tape?.abandon()
    if (this.#failed && report !== undefined && divergedFrom(report) !== undefined) say(...reportLines(report))
  }
}
