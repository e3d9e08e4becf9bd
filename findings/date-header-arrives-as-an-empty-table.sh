#!/usr/bin/env bash
# amqplib 2.3.1 and rabbitmq-client 5.0.8.
#
# A Date in the headers of a message is written as a table without fields, with no error: the consumer gets {}, the time is gone.
# AMQP has a timestamp for it, which @cloudamqp/amqp-client 4.1.1 writes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund amqplib@2.3.1 rabbitmq-client@5.0.8 @cloudamqp/amqp-client@4.1.1
node -e '
const { join } = require("node:path")
const load = (file) => require(join(process.cwd(), "node_modules", file))
const headers = { at: new Date("2026-01-02T03:04:05Z") }
const tagged = (bytes) => {
  const at = bytes.indexOf("\x02at") + 3
  return String.fromCharCode(bytes[at]) + " " + bytes.subarray(at + 1, at + 5).toString("hex")
}
const table = Buffer.alloc(64)
load("amqplib/lib/codec.js").encodeTable(table, headers, 0)
console.log("amqplib", tagged(table))
const [, header] = load("rabbitmq-client/lib/codec.js").genContentFrames(1, { exchange: "", routingKey: "q", headers }, Buffer.alloc(0), 4096)
console.log("rabbitmq-client", tagged(header))
const view = new (load("@cloudamqp/amqp-client/lib/cjs/amqp-view.js").AMQPView)(new ArrayBuffer(64))
view.setTable(0, headers)
console.log("amqp-client", tagged(Buffer.from(view.buffer)))
' >seen
cat seen
printf '%s\n' 'amqplib F 00000000' 'rabbitmq-client F 00000000' 'amqp-client T 00000000' | diff - seen
echo 'seen with amqplib 2.3.1 and rabbitmq-client 5.0.8'
