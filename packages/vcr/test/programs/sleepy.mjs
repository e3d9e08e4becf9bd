// Publishes between pauses, the length of which the environment says; prints what fired, and what its clocks say of it.
import { setTimeout as sleep, setInterval as every } from 'node:timers/promises'
import { promisify } from 'node:util'
import amqp from 'amqplib'

// A loop that looks again and again, as some clients have one for each connection.
const look = () => void setTimeout(look, 1).unref()
if (process.env.TICKS === '1') look()

const pause = Number(process.env.PAUSE ?? 20)
const fired = []
const connection = await amqp.connect('amqp://127.0.0.1:5672')
const channel = await connection.createConfirmChannel()
const { queue } = await channel.assertQueue('vcr-sleepy', { exclusive: true })
// On a busy machine any time may go by between two lines: the date lies between two readings of the other clock.
const clocks = () => [performance.now(), Date.now(), performance.now()]
const [before, date, start] = clocks()
const hr = process.hrtime()
// Set in another order than that of their times; one is taken back, one is put off, one does not keep the process alive.
setTimeout((...args) => fired.push(...args), 3 * pause, 'third', 'argument')
const cancelled = setTimeout(() => fired.push('cancelled'), pause)
setTimeout(() => fired.push('first'), pause)
clearTimeout(cancelled[Symbol.toPrimitive]())
const later = setTimeout(() => fired.push('refreshed'), 2 * pause)
await promisify(setTimeout)(1.5 * pause)
later.refresh()
setTimeout(() => fired.push('never'), 1000 * pause).unref()
for (const n of [1, 2, 3]) {
  channel.sendToQueue(queue, Buffer.from(`m${n}`))
  await channel.waitForConfirms()
  await sleep(pause)
}
let ticks = 0
for await (const value of every(pause, 'tick')) {
  fired.push(value)
  if (++ticks === 2) break
}
const interval = setInterval(() => fired.push('interval') && --ticks === 0 && clearInterval(interval), pause)
await sleep(5 * pause, 'value').then((value) => fired.push(value))
await sleep(pause, '', { signal: AbortSignal.abort() }).catch((error) => fired.push(error.code))
// Ticks that come while the first one is looked at are there at once.
const seen = []
for await (const value of every(pause, 'look')) {
  if (seen.push(value) > 1) break
  await sleep(2.5 * pause)
  setTimeout(() => seen.push('late'), 0)
}
fired.push(...seen)
// The answer comes, and its timeout is taken back: which of the two wins is a matter of microtasks.
const timeout = new AbortController()
const answer = Promise.resolve('answer').finally(() => timeout.abort())
fired.push(await Promise.race([answer, sleep(pause, 'timeout', { signal: timeout.signal })]))
console.log(fired.join(' '))
const least = 10 * pause
const [ended, now, after] = clocks()
const [dated, performed] = [now - date, ended - start]
const [seconds, nanoseconds] = process.hrtime(hr)
console.log(
  dated >= least,
  performed >= least,
  1e3 * seconds + nanoseconds / 1e6 >= least,
  dated >= performed - 2 && dated <= after - before + 2,
  new Date() >= date + least,
)
await channel.close()
await connection.close()
