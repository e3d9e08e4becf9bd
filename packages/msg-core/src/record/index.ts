export { decodeRecord, encodeRecord, type MessageRecord } from './record.ts'
