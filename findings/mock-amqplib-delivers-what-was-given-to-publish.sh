#!/usr/bin/env bash
# mock-amqplib 1.8.2.
#
# A stand-in for amqplib in tests. The consumer is given the very objects of the producer: `persistent: true` and an expiration that is a number
# (amqplib: deliveryMode 2 and the text "1000"), a Date in a header, a text as content (amqplib: TypeError), and a Buffer that changes
# when the producer uses it again. Fields have no deliveryTag and no redelivered, and what is refused reaches no dead-letter queue.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mock-amqplib@1.8.2
cat >deliver.cjs <<'NODE'
const amqplib = require('mock-amqplib')
const main = async () => {
  const channel = await (await amqplib.connect('amqp://localhost')).createChannel()
  await channel.assertQueue('refused')
  await channel.assertQueue('orders', { deadLetterExchange: '', deadLetterRoutingKey: 'refused' })
  const content = Buffer.from('first')
  await channel.sendToQueue('orders', content, { persistent: true, expiration: 1000, headers: { at: new Date(5) } })
  content.write('other')
  const message = await channel.get('orders')
  const { persistent, deliveryMode, expiration, headers } = message.properties
  console.log('properties', JSON.stringify({ persistent, deliveryMode, expiration }), headers.at instanceof Date)
  console.log('content', message.content.toString())
  console.log('fields', Object.keys(message.fields).sort().join(' '))
  await channel.nack(message, false, false)
  console.log('dead-lettered', Boolean(await channel.get('refused')))
  await channel.sendToQueue('orders', 'a text')
  console.log('content', typeof (await channel.get('orders')).content)
}
main()
NODE
node deliver.cjs >seen
cat seen
printf '%s\n' 'properties {"persistent":true,"expiration":1000} true' 'content other' 'fields exchange routingKey' 'dead-lettered false' \
  'content string' | diff - seen
echo 'seen with mock-amqplib 1.8.2'
