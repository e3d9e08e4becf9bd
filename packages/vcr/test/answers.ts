import { connect } from 'node:net'

/** Whether a broker answers on this port of 127.0.0.1; where none does, that is printed as the reason for what is skipped. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const up = await new Promise<boolean>((done) => socket.on('connect', () => done(true)).on('error', () => done(false)))
  socket.destroy()
  if (!up) console.log(`skipped: no broker answers on 127.0.0.1:${port}`)
  return up
}
