export { driverSuite, type DriverFixture, type DriverSuiteOptions } from './driver-suite.ts'
