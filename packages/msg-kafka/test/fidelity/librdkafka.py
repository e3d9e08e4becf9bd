"""Writes and reads Kafka records with librdkafka, by confluent-kafka.

librdkafka.py write BROKER TOPIC CODEC TRANSACTION < LINES     TRANSACTION: none, commit or abort
librdkafka.py read BROKER TOPIC COUNT > LINES

A line: partition timestamp key value, then name and value of each header; bytes are "=" and base64, null is "-", an
unset timestamp is "-".
"""

import base64
import sys
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition


def show(data):
    return "-" if data is None else "=" + base64.b64encode(data).decode()


def parse(field):
    return None if field == "-" else base64.b64decode(field[1:])


def write(broker, topic, codec, transaction):
    config = {"bootstrap.servers": broker, "compression.type": codec, "linger.ms": 5}
    if transaction != "none":
        config["transactional.id"] = str(uuid.uuid4())
    producer = Producer(config)
    if transaction != "none":
        producer.init_transactions()
        producer.begin_transaction()
    for line in sys.stdin:
        partition, timestamp, key, value, *rest = line.split()
        headers = [(parse(name).decode(), parse(data)) for name, data in zip(rest[::2], rest[1::2])]
        extra = {} if timestamp == "-" else {"timestamp": int(timestamp)}
        producer.produce(
            topic, key=parse(key), value=parse(value), headers=headers, partition=int(partition), **extra
        )
    if transaction == "commit":
        producer.commit_transaction()
    elif transaction == "abort":
        producer.flush()
        producer.abort_transaction()
    else:
        producer.flush()


def read(broker, topic, count):
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "fidelity", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    for _ in range(int(count)):
        message = consumer.poll(30)
        if message is None or message.error():
            sys.exit(f"no message: {message and message.error()}")
        fields = [str(message.partition()), str(message.timestamp()[1]), show(message.key()), show(message.value())]
        for name, data in message.headers() or []:
            fields += [show(name.encode()), show(data)]
        print(" ".join(fields))
    consumer.close()


{"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
