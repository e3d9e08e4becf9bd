"""Arguments: broker, name, group protocol. Produces, with and without a transaction, consumes and commits; says what it saw."""

import sys

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

broker, name, protocol = sys.argv[1:]
common = {"bootstrap.servers": broker, "broker.address.family": "v4"}
admin = AdminClient(common)


def create():
    for future in admin.create_topics([NewTopic(name, 2, 1)]).values():
        future.result()


create()
try:
    create()
except KafkaException as error:
    print("again:", error.args[0].name())

producer = Producer({**common, "compression.type": "lz4", "enable.idempotence": True})
for number in range(4):
    said = lambda error, message: print("produced", f"{message.partition()}/{message.offset()}", error)
    headers = [("number", bytes([number]))]
    producer.produce(name, f"value-{number}", f"key-{number}", number % 2, on_delivery=said, headers=headers)
    producer.flush()

transactional = Producer({**common, "transactional.id": name})
transactional.init_transactions()
for outcome in ("aborted", "committed"):
    transactional.begin_transaction()
    transactional.produce(name, outcome, "key", 0)
    transactional.flush()
    if outcome == "aborted":
        transactional.abort_transaction()
    else:
        transactional.commit_transaction()

consumer = Consumer(
    {
        **common,
        "group.id": name,
        "group.protocol": protocol,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
    }
)
consumer.subscribe([name])
seen = []
while len(seen) < 5:
    message = consumer.poll(60)
    if message is None or message.error():
        sys.exit(f"no message: {message and message.error()}")
    seen.append(f"got {message.partition()}/{message.offset()} {message.key()} {message.value()} {message.headers()}")
    consumer.commit(message, asynchronous=False)
print(*sorted(seen), sep="\n")
print("committed", sum(one.offset for one in consumer.committed(consumer.assignment(), timeout=60)))
consumer.close()
for future in admin.delete_consumer_groups([name]).values():
    future.result()
for future in admin.delete_topics([name], operation_timeout=30).values():
    future.result()
print("done")
