export { DriverError, driverErrors, type DriverErrorCode } from './error.ts'
export { iterateDeliveries, type DeliverySource } from './iterate.ts'
export { openMemory, type MemoryOptions } from './memory.ts'
export type {
  Delivery,
  Driver,
  Metadata,
  Outcome,
  PublishResult,
  Remaining,
  Transaction,
  WaitOptions,
  Wire,
} from './driver.ts'
