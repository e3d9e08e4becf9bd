/** A recording from this size on has its replay checked in a thread beside, where there may be one: a thread takes a while to start. */
export const largeBytes = 64 * 1024 * 1024
