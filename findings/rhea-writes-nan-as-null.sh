#!/usr/bin/env bash
# rhea 3.0.5 read by python-qpid-proton 0.40.0.
#
# NaN in a body or an application property is written as AMQP null, and -0 as the int 0, although AMQP 1.0 has doubles for both (Infinity
# is written as one). The type of a property follows its value as well: 5 is a uint, -5 an int, 2^32 a ulong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-qpid-proton==0.40.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rhea@3.0.5
node -e '
const { message } = require("rhea")
for (const value of [NaN, -0, Infinity, 5, -5, 2 ** 32])
  console.log(Object.is(value, -0) ? "-0" : value, message.encode({ body: "", application_properties: { value } }).toString("hex"))
' >written
venv/bin/python -c '
from proton import Message
for line in open("written"):
    name, digits = line.split()
    message = Message()
    message.decode(bytes.fromhex(digits))
    print(name, repr(message.properties["value"]))' >seen
cat seen
printf '%s\n' 'NaN None' '-0 int32(0)' 'Infinity inf' '5 uint(5)' '-5 int32(-5)' '4294967296 ulong(4294967296)' | diff - seen
echo 'seen with rhea 3.0.5'
