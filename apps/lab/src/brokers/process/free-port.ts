import { createServer } from 'node:net'

/** A TCP port on 127.0.0.1 that nobody holds at the moment of the call. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === 'string')
          reject(new Error('find a free port: the system named none'))
        else resolve(address.port)
      })
    })
  })
}
