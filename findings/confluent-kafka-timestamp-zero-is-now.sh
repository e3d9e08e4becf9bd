#!/usr/bin/env bash
# confluent-kafka 2.16.1 for Python (librdkafka 2.16.0), beside kafka-python 3.0.12.
#
# `timestamp=0` is the first millisecond of 1970. librdkafka takes 0 for "no timestamp" and sends the time of now, with no error: a record
# of that moment cannot be copied from one topic to another. 1, and the -1 that stands for "no timestamp" in a record, are sent as they
# are. kafka-python writes all three. Against librdkafka's own mock broker, which is in the package.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1 kafka-python==3.0.12
timeout 120 "$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import time
from confluent_kafka import Consumer, Producer, TopicPartition
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

moments = (0, 1, -1)
mock = Producer({"test.mock.num.brokers": 1, "log_level": 0})
servers = ",".join(f"{b.host}:{b.port}" for b in mock.list_topics("t", timeout=30).brokers.values())
producer = Producer({"bootstrap.servers": servers, "log_level": 0})
for moment in moments:
    producer.produce("t", value=b"v", partition=0, timestamp=moment)
producer.flush(30)
consumer = Consumer({"bootstrap.servers": servers, "group.id": "g", "log_level": 0})
consumer.assign([TopicPartition("t", 0, 0)])
for moment in moments:
    seen = consumer.poll(30).timestamp()[1]
    print("confluent-kafka", moment, "->", "now" if abs(seen - time.time() * 1000) < 600_000 else seen)
consumer.close()
for moment in moments:
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    batch.append(0, moment, None, b"v", [])
    print("kafka-python", moment, "->", next(iter(DefaultRecordBatch(bytes(batch.build())))).timestamp)
PYTHON
cat "$work/seen"
printf '%s\n' 'confluent-kafka 0 -> now' 'confluent-kafka 1 -> 1' 'confluent-kafka -1 -> -1' 'kafka-python 0 -> 0' 'kafka-python 1 -> 1' \
  'kafka-python -1 -> -1' | diff - "$work/seen"
echo 'seen with confluent-kafka 2.16.1 and kafka-python 3.0.12'
