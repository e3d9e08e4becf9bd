// The service of the README over TLS that it lays over a socket of its own; with EARLY=1 before that is connected.
import { once } from 'node:events'
import net from 'node:net'
import amqp from 'amqplib'

const [host, port] = process.env.VCR_TEST_BROKER.split(':')
const socket = net.connect(Number(port), host)
if (process.env.EARLY !== '1') await once(socket, 'connect')
socket.on('close', () => console.log('closed'))
const connection = await amqp.connect(`amqps://${host}:${port}`, { socket, rejectUnauthorized: false })
console.log(connection.connection.stream.authorized, connection.connection.stream.authorizationError)
const { stream } = connection.connection
console.log(stream.getPeerCertificate().subject.CN, stream.getPeerX509Certificate().checkHost('localhost'))
console.log(stream.getProtocol(), stream.getCipher().name)
const channel = await connection.createConfirmChannel()
await channel.assertQueue('greetings', { autoDelete: true })
for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
await channel.waitForConfirms()
for (let message; (message = await channel.get('greetings')); channel.ack(message)) console.log(String(message.content))
await channel.close()
await connection.close()
