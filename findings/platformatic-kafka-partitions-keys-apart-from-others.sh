#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 beside kafkajs 2.2.4, kafka-python 3.0.12 and aiokafka 0.14.0.
#
# All hash a key with the murmur2 of the Java client. The others clear the sign bit before they divide, the default partitioner of
# @platformatic/kafka makes the number unsigned: they agree as long as a topic has 1, 2, 4, 8, … partitions. Of 1,000 keys on 6
# partitions nearly half go to another one. Its `compatibilityPartitioner`, which has to be asked for, agrees everywhere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kafka-python==3.0.12 aiokafka==0.14.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @platformatic/kafka@1.35.0 kafkajs@2.2.4
cat >partition.mjs <<'NODE'
import { compatibilityPartitioner, defaultPartitioner } from '@platformatic/kafka'
import { execFileSync } from 'node:child_process'
import kafkajs from 'kafkajs'

const keys = Array.from({ length: 1000 }, (_, index) => `order-${index}`)
const python = `
import json
from kafka.partitioner.default import murmur2 as one
from aiokafka.partitioner import murmur2 as other
keys = [f"order-{index}".encode() for index in range(1000)]
print(json.dumps([[hash(key) & 0x7FFFFFFF for key in keys] for hash in (one, other)]))`
const [kafkaPython, aiokafka] = JSON.parse(execFileSync('venv/bin/python', ['-c', python]))
const partitioner = kafkajs.Partitioners.DefaultPartitioner()
for (const count of [4, 6, 8, 12]) {
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 }))
  const usual = keys.map((key) => partitioner({ topic: 't', partitionMetadata, message: { key } }))
  const apart = (choose) => keys.filter((key, index) => choose(Buffer.from(key), index) % count !== usual[index]).length
  console.log(`${count} partitions: kafka-python ${apart((_, index) => kafkaPython[index])}, aiokafka ${apart((_, index) => aiokafka[index])}, ` +
    `platformatic ${apart((key) => defaultPartitioner({}, key))}, its compatible one ${apart((key) => compatibilityPartitioner({}, key))}`)
}
NODE
node partition.mjs 2>/dev/null >seen
cat seen
grep -qE '^4 partitions: kafka-python 0, aiokafka 0, platformatic 0, its compatible one 0$' seen
grep -qE '^8 partitions: kafka-python 0, aiokafka 0, platformatic 0, its compatible one 0$' seen
grep -qE '^6 partitions: kafka-python 0, aiokafka 0, platformatic [45][0-9]{2}, its compatible one 0$' seen
grep -qE '^12 partitions: kafka-python 0, aiokafka 0, platformatic [45][0-9]{2}, its compatible one 0$' seen
echo 'seen with @platformatic/kafka 1.35.0'
