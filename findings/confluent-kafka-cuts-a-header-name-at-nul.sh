#!/usr/bin/env bash
# confluent-kafka 2.16.1 for Python (librdkafka 2.16.0), beside kafka-python 3.0.12.
#
# A header name of Kafka is text of any characters, with its length before it. confluent-kafka hands names on as C strings: of a name with
# U+0000 in it only what is before that is sent, with no error, so that two headers become one name. kafka-python sends it whole. Against
# librdkafka's own mock broker, which is in the package.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1 kafka-python==3.0.12
timeout 120 "$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from confluent_kafka import Consumer, Producer, TopicPartition
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

headers = [("tenant\0a", b"1"), ("tenant\0b", b"2")]
mock = Producer({"test.mock.num.brokers": 1, "log_level": 0})
servers = ",".join(f"{b.host}:{b.port}" for b in mock.list_topics("t", timeout=30).brokers.values())
producer = Producer({"bootstrap.servers": servers, "log_level": 0})
producer.produce("t", value=b"v", partition=0, headers=headers)
producer.flush(30)
consumer = Consumer({"bootstrap.servers": servers, "group.id": "g", "log_level": 0})
consumer.assign([TopicPartition("t", 0, 0)])
print("confluent-kafka", consumer.poll(30).headers())
consumer.close()
batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
batch.append(0, 5, None, b"v", headers)
print("kafka-python", next(iter(DefaultRecordBatch(bytes(batch.build())))).headers)
PYTHON
cat "$work/seen"
printf '%s\n' "confluent-kafka [('tenant', b'1'), ('tenant', b'2')]" "kafka-python [('tenant\\x00a', b'1'), ('tenant\\x00b', b'2')]" |
  diff - "$work/seen"
echo 'seen with confluent-kafka 2.16.1 and kafka-python 3.0.12'
