/** One run: its mode, its cassette's name, its seal. */
export { openVcr, type VcrDriver, type VcrOptions } from './open-vcr.ts'
export { partialEnding, partialName } from './partial-name.ts'
