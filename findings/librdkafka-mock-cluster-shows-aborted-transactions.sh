#!/usr/bin/env bash
# confluent-kafka 2.16.1 with librdkafka's mock cluster (test.mock.num.brokers).
#
# The cluster that comes with the client for tests takes transactions and does not carry them out: a read_committed consumer is given the
# record of an aborted transaction. It takes timestamps and has none to look up: offsets_for_times names the end for every time that
# lies before the records. A test of either passes here and means nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
"$work/venv/bin/python" - >"$work/seen" 2>"$work/log" <<'PYTHON'
from confluent_kafka import Consumer, Producer, TopicPartition

producer = Producer({"test.mock.num.brokers": 1, "transactional.id": "t"})
broker = next(iter(producer.list_topics(timeout=20).brokers.values()))
producer.init_transactions(20)
for value, end in ((b"aborted", producer.abort_transaction), (b"committed", producer.commit_transaction)):
    producer.begin_transaction()
    producer.produce("orders", value, partition=0, timestamp=1_767_322_945_123)
    producer.flush(20)
    end(20)
consumer = Consumer({"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "g", "isolation.level": "read_committed"})
consumer.assign([TopicPartition("orders", 0, 0)])
for _ in range(2):
    message = consumer.poll(20)
    print(message.offset(), message.value().decode(), message.timestamp()[1])
for time in (0, 1_767_322_945_123):
    print(f"offset for time {time}:", consumer.offsets_for_times([TopicPartition("orders", 0, time)], timeout=20)[0].offset)
PYTHON
cat "$work/seen"
printf '%s\n' '0 aborted 1767322945123' '2 committed 1767322945123' 'offset for time 0: -1' 'offset for time 1767322945123: -1' | diff - "$work/seen"
echo 'seen with confluent-kafka 2.16.1'
