#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK).
#
# The same event carries its time to the microsecond in binary mode and to the millisecond in structured mode. An event that another SDK
# wrote with microseconds changes when it is passed on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
node -e '
const { CloudEvent, Kafka } = require("cloudevents")
const event = new CloudEvent({ id: "1", source: "/a", type: "t", data: "x", time: "2026-01-02T03:04:05.123456Z" })
console.log("binary", Kafka.binary(event).headers.ce_time)
console.log("structured", JSON.parse(Kafka.structured(event).value).time)
' >seen
cat seen
printf 'binary 2026-01-02T03:04:05.123456Z\nstructured 2026-01-02T03:04:05.123Z\n' | diff - seen
echo 'seen with cloudevents 10.0.0'
