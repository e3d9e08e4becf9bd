export { DriverError, driverErrors, type DriverErrorCode } from './error.ts'
export type { Delivery, Driver, Facts, Outcome, PublishResult, WaitOptions, Wire } from './port.ts'
