export {
  entryFlags,
  type PageDetails,
  type PageDivergence,
  type PageEntry,
  type PageJoins,
  type PageJson,
  type PageKind,
  type PageRecording,
} from './document.ts'
export { loadTemplate } from './template.ts'
export { writePage, type RecordingSource } from './write-page.ts'
