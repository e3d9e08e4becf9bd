#!/usr/bin/env bash
# rhea 3.0.5 with python-qpid-proton 0.40.0.
#
# An id of an AMQP 1.0 message is a ulong, a UUID, bytes or text. rhea gives bytes, UUIDs and ulongs beyond 2^53 as a Buffer, and writes every
# Buffer given as an id as a UUID of 16 bytes, filled up with zeros. A service that answers as usual (correlation_id = message_id) thus
# answers b"ab" with 61620000-…: the requester finds no request for it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-qpid-proton==0.40.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rhea@3.0.5
cat >answer.cjs <<'NODE'
const { message } = require('rhea')
const request = message.decode(Buffer.from(process.argv[2], 'hex'))
console.log(message.encode({ correlation_id: request.message_id, body: 'done' }).toString('hex'))
NODE
cat >ask.py <<'PYTHON'
import subprocess
import uuid
from proton import Message

for given in ("order-1", 7, uuid.UUID(int=5), b"ab", 2**60):
    request = Message(id=given, body="do")
    answered = subprocess.run(["node", "answer.cjs", request.encode().hex()], capture_output=True, text=True, check=True).stdout
    answer = Message()
    answer.decode(bytes.fromhex(answered.strip()))
    print(given, "answered with", answer.correlation_id)
PYTHON
venv/bin/python ask.py >seen
cat seen
printf '%s\n' 'order-1 answered with order-1' '7 answered with 7' \
  '00000000-0000-0000-0000-000000000005 answered with 00000000-0000-0000-0000-000000000005' \
  "b'ab' answered with 61620000-0000-0000-0000-000000000000" \
  '1152921504606846976 answered with 10000000-0000-0000-0000-000000000000' | diff - seen
echo 'seen with rhea 3.0.5 and python-qpid-proton 0.40.0'
