#!/usr/bin/env bash
# @kafkajs/confluent-schema-registry 3.9.0.
#
# Between the id of a Protobuf schema and the message, Confluent's wire format says which message of the schema it is: one byte 0 for the
# first. This library writes none, so that other clients take the first bytes of the message for it. From what it reads it takes off
# leading zeros and nothing else: an Order with no field set, and the second message of a schema, end in a RangeError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @kafkajs/confluent-schema-registry@3.9.0
cat >write.cjs <<'NODE'
const { createServer } = require('node:http')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
const schema = 'syntax = "proto3"; message Order { string name = 1; } message Refund { string name = 1; }'
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ schemaType: 'PROTOBUF', schema }))
})
server.listen(0, '127.0.0.1', async () => {
  const host = `http://127.0.0.1:${server.address().port}`
  const registry = new SchemaRegistry({ host })
  console.log('writes', (await registry.encode(7, { name: 'a' })).toString('hex'))
  const read = async (name, hex) => {
    const seen = await registry.decode(Buffer.from(hex, 'hex')).then(JSON.stringify, (error) => `${error.name}: ${error.message}`)
    console.log(`reads ${name}: ${seen}`)
  }
  await read('an Order', '0000000007' + '00' + '0a0161')
  await read('an empty Order', '0000000007' + '00')
  await read('a Refund', '0000000007' + '0202' + '0a0161')
  server.close()
})
NODE
node write.cjs >seen
cat seen
cat >expected <<'TEXT'
writes 00000000070a0161
reads an Order: {"name":"a"}
reads an empty Order: RangeError: index out of range: 1 + 1 > 1
reads a Refund: RangeError: index out of range: 5 + 8 > 5
TEXT
diff expected seen
echo 'seen with @kafkajs/confluent-schema-registry 3.9.0'
