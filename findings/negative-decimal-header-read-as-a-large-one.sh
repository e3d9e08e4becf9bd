#!/usr/bin/env bash
# amqplib 2.3.1 and @cloudamqp/amqp-client 4.1.1 read what py-amqp 5.4.2 wrote.
#
# The digits of a decimal in an AMQP table are signed to RabbitMQ and to the Python clients. Both JavaScript clients read them
# unsigned: Decimal("-1.5") arrives as 429496728.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check amqp==5.4.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund amqplib@2.3.1 @cloudamqp/amqp-client@4.1.1
table=$(venv/bin/python -c '
from decimal import Decimal
from amqp.serialization import dumps
print(dumps("F", [{"price": Decimal("-1.5")}]).hex())')
node -e '
const { join } = require("node:path")
const table = Buffer.from(process.argv[1], "hex")
const { decodeFields } = require(join(process.cwd(), "node_modules/amqplib/lib/codec.js"))
const { places, digits } = decodeFields(table.subarray(4)).price.value
console.log("amqplib", digits / 10 ** places)
const { AMQPView } = require("./node_modules/@cloudamqp/amqp-client/lib/cjs/amqp-view.js")
const view = new AMQPView(new Uint8Array(table).buffer)
console.log("amqp-client", view.getTable(0)[0].price)
' "$table" >seen
cat seen
printf 'amqplib 429496728.1\namqp-client 429496728.1\n' | diff - seen
echo 'seen with amqplib 2.3.1, @cloudamqp/amqp-client 4.1.1 and py-amqp 5.4.2'
