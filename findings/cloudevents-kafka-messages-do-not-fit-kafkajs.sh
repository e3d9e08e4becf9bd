#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK) with kafkajs 2.2.4.
#
# The messages of the SDK's Kafka binding are not those of the usual client. What `Kafka.binary` makes (an object as value, headers that
# are undefined) kafkajs refuses to encode; of what kafkajs delivers (headers as Buffers) `Kafka.isEvent` says that it is an event,
# and `Kafka.toEvent` throws a TypeError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0 kafkajs@2.2.4
node -e '
const { CloudEvent, Kafka } = require("cloudevents")
const encodeRecord = require("kafkajs/src/protocol/recordBatch/record/v0")
const told = (what, act) => {
  try {
    console.log(what, act())
  } catch (error) {
    console.log(what, error.name)
  }
}
const message = Kafka.binary(new CloudEvent({ id: "1", source: "/orders", type: "order.paid", data: { n: 1 } }))
told("publish", () => encodeRecord({ offsetDelta: 0, timestampDelta: 0, ...message }).size())
const headers = { "content-type": "application/json", ce_id: "1", ce_type: "t", ce_source: "/orders", ce_specversion: "1.0" }
const buffers = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]))
const delivered = { key: Buffer.from("k"), value: Buffer.from("{\"n\":1}"), headers: buffers, timestamp: "1767322945123" }
told("is an event", () => Kafka.isEvent(delivered))
told("as an event", () => Kafka.toEvent(delivered).id)
' >seen
cat seen
printf 'publish TypeError\nis an event true\nas an event TypeError\n' | diff - seen
echo 'seen with cloudevents 10.0.0 and kafkajs 2.2.4'
