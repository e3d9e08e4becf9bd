#!/usr/bin/env bash
# pamqp 4.0.1 (the codec of aio-pika) and @cloudamqp/amqp-client 4.1.1.
#
# Python's float and JavaScript's number are doubles, and AMQP tables have a field for doubles (`d`). Both write a fraction in a header
# as a single (`f`), so that 0.1 arrives as 0.10000000149011612. amqplib, rabbitmq-client and py-amqp write `d`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pamqp==4.0.1
(cd "$work" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund @cloudamqp/amqp-client@4.1.1)
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from pamqp import decode, encode

table = encode.field_table({"rate": 0.1})
print("pamqp", chr(table[9]), decode.field_table(table)[1]["rate"])
PYTHON
(cd "$work" && node -e '
const { AMQPView } = require("./node_modules/@cloudamqp/amqp-client/lib/cjs/amqp-view.js")
const view = new AMQPView(new ArrayBuffer(64))
view.setTable(0, { rate: 0.1 })
console.log("amqp-client", String.fromCharCode(view.getUint8(9)), view.getTable(0)[0].rate)
') >>"$work/seen"
cat "$work/seen"
printf 'pamqp f 0.10000000149011612\namqp-client f 0.10000000149011612\n' | diff - "$work/seen"
echo 'seen with pamqp 4.0.1 and @cloudamqp/amqp-client 4.1.1'
