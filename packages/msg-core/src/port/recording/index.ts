export { recording, type RecordingDriver, type RecordingOptions, type RecordingSink } from './recording.ts'
