#!/usr/bin/env bash
# faststream 0.7.8 (TestRabbitBroker).
#
# A headers exchange passes over binding arguments that begin with `x-` and takes an argument without a value as "the header is there"; a
# binding without arguments takes every message. So says AMQP 0-9-1 and so does RabbitMQ. The broker that FastStream's tests run on
# compares all three by value, and takes true for 1: what a test delivers is not what the broker delivers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'faststream[rabbit]==0.7.8'
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import asyncio

from faststream.exceptions import SubscriberNotFound
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue, TestRabbitBroker


async def delivered(arguments, headers):
    broker = RabbitBroker()
    exchange = RabbitExchange("orders", type=ExchangeType.HEADERS)
    received = []

    @broker.subscriber(RabbitQueue("q", bind_arguments={"x-match": "all", **arguments}), exchange)
    async def handle(message):
        received.append(message)

    async with TestRabbitBroker(broker):
        try:
            await broker.publish("x", exchange=exchange, headers=headers)
        except SubscriberNotFound:
            pass
    return bool(received)


for arguments, headers in (({"n": 1}, {"n": 1}), ({"n": None}, {"n": 5}), ({"x-a": 1}, {"x-a": 2}), ({}, {"n": 5}), ({"n": True}, {"n": 1})):
    print(arguments, "takes" if asyncio.run(delivered(arguments, headers)) else "refuses", headers)
PYTHON
cat "$work/seen"
printf '%s\n' "{'n': 1} takes {'n': 1}" "{'n': None} refuses {'n': 5}" "{'x-a': 1} refuses {'x-a': 2}" "{} refuses {'n': 5}" \
  "{'n': True} takes {'n': 1}" | diff - "$work/seen"
echo 'seen with faststream 0.7.8'
