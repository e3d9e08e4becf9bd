#!/usr/bin/env bash
# kombu 5.7.0 (its virtual transports: memory, Redis, SQS, …) and faststream 0.7.8 (TestRabbitBroker).
#
# In the binding of a topic exchange `#` stands for zero or more words, so `order.#` is bound to `order` too. Both translate patterns into
# regular expressions that keep the dot: `order`, which RabbitMQ delivers, reaches no queue. With kombu it is lost without a word (seen
# with memory); in FastStream the test says that there is no subscriber for what the broker would deliver.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kombu==5.7.0 'faststream[rabbit]==0.7.8'
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import asyncio

from faststream.exceptions import SubscriberNotFound
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue, TestRabbitBroker
from kombu import Connection, Exchange, Producer, Queue


def through_kombu(pattern, routing_key):
    with Connection("memory://") as connection:
        channel = connection.channel()
        exchange = Exchange("orders", "topic", channel=channel)
        queue = Queue(f"{pattern} {routing_key}", exchange, routing_key=pattern, channel=channel)
        queue.declare()
        Producer(channel, exchange=exchange).publish("x", routing_key=routing_key)
        return queue.get() is not None


async def through_faststream(pattern, routing_key):
    broker = RabbitBroker()
    exchange = RabbitExchange("orders", type=ExchangeType.TOPIC)
    received = []

    @broker.subscriber(RabbitQueue("q", routing_key=pattern), exchange)
    async def handle(message):
        received.append(message)

    async with TestRabbitBroker(broker):
        try:
            await broker.publish("x", routing_key=routing_key, exchange=exchange)
        except SubscriberNotFound:
            pass
    return bool(received)


for pattern, routing_key in (("order.#", "order.paid"), ("order.#", "order"), ("#.paid", "paid"), ("order.#.paid", "order.paid")):
    kombu, faststream = through_kombu(pattern, routing_key), asyncio.run(through_faststream(pattern, routing_key))
    print(f"{routing_key} under {pattern}: kombu {kombu}, faststream {faststream}")
PYTHON
cat "$work/seen"
printf '%s\n' 'order.paid under order.#: kombu True, faststream True' 'order under order.#: kombu False, faststream False' \
  'paid under #.paid: kombu False, faststream False' 'order.paid under order.#.paid: kombu False, faststream False' | diff - "$work/seen"
echo 'seen with kombu 5.7.0 and faststream 0.7.8'
