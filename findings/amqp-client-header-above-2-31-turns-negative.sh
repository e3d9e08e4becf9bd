#!/usr/bin/env bash
# @cloudamqp/amqp-client 4.1.1.
#
# Whole numbers from 2^31 to 2^32 - 1 in a header are written as signed 32-bit integers: a size, a hash or a count in that range
# reaches every consumer as a negative number. From 2^32 on they are written as 64-bit integers and are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @cloudamqp/amqp-client@4.1.1
node -e '
const { AMQPView } = require("./node_modules/@cloudamqp/amqp-client/lib/cjs/amqp-view.js")
for (const value of [2147483647, 2147483648, 4294967295, 4294967296]) {
  const view = new AMQPView(new ArrayBuffer(64))
  view.setTable(0, { size: value })
  console.log(value, view.getTable(0)[0].size)
}
' >seen
cat seen
printf '%s\n' '2147483647 2147483647' '2147483648 -2147483648' '4294967295 -1' '4294967296 4294967296' | diff - seen
echo 'seen with @cloudamqp/amqp-client 4.1.1'
