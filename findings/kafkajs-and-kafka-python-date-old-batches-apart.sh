#!/usr/bin/env bash
# kafkajs 2.2.4 and kafka-python 2.2.15.
#
# A compressed message of format 1 whose topic takes the broker's time (message.timestamp.type=LogAppendTime) has that time on the
# outer message alone, and attribute bit 3 says so. kafka-python gives it to the messages within; kafkajs gives them the producer's.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kafka-python==2.2.15
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
cat >write.py <<'PY'
import gzip, struct, zlib
def message(offset, attributes, timestamp, value):
    body = struct.pack('>bbqii', 1, attributes, timestamp, -1, len(value)) + value
    sized = struct.pack('>I', zlib.crc32(body)) + body
    return struct.pack('>qi', offset, len(sized)) + sized
within = message(0, 0, 5, b'a') + message(1, 0, 6, b'b')
open('set', 'wb').write(message(1, 1 | 8, 1600000000000, gzip.compress(within, mtime=0)))
PY
cat >read.py <<'PY'
from kafka.record import MemoryRecords
for record in MemoryRecords(open('set', 'rb').read()).next_batch():
    print('kafka-python', record.value.decode(), record.timestamp)
PY
cat >read.js <<'JS'
const Decoder = require('kafkajs/src/protocol/decoder')
const decodeSet = require('kafkajs/src/protocol/messageSet/decoder')
const bytes = require('node:fs').readFileSync('set')
decodeSet(new Decoder(bytes), bytes.length).then((messages) => {
  for (const { value, timestamp } of messages) console.log('kafkajs', String(value), String(timestamp))
})
JS
venv/bin/python write.py
{ venv/bin/python read.py; node read.js; } >seen
cat seen
cat >expected <<'END'
kafka-python a 1600000000000
kafka-python b 1600000000000
kafkajs a 5
kafkajs b 6
END
diff expected seen
echo 'seen with kafkajs 2.2.4 and kafka-python 2.2.15'
