export { driverSuite, type DriverFixture, type DriverSuiteOptions } from './driver-suite.ts'
export { hasLoopback } from './loopback.ts'
export type { ChunkHook, ChunkVerdict, ProxyDirection } from './tcp-proxy-faults.ts'
export { startTcpProxy, type TcpProxy, type TcpProxyOptions } from './tcp-proxy.ts'
