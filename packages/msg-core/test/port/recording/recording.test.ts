import { describe, expect, test } from 'vitest'
import { recording } from '../../../src/driver.ts'
import { decodeMetadata, decodeRecord, outcomeOf, type EntryFields } from '../../../src/format/index.ts'
import { DriverError, openMemory, type Delivery, type Driver } from '../../../src/index.ts'
