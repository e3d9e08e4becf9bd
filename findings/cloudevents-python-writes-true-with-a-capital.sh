#!/usr/bin/env bash
# cloudevents 2.2.0 (the Python SDK).
#
# In binary mode attributes are text, and CloudEvents writes a boolean as `true` or `false`. The Kafka, RabbitMQ and HTTP bindings write
# `True` and `False`, as Python prints them; what reads the header by the specification finds no boolean. Structured mode is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import json
from cloudevents.core.bindings import http, kafka, rabbitmq
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent({"id": "1", "source": "/orders", "type": "order.paid", "specversion": "1.0", "urgent": True}, {"n": 1})
print("Kafka", kafka.to_binary_event(event).headers["ce_urgent"].decode())
print("RabbitMQ", rabbitmq.to_binary_event(event).headers["ce-urgent"])
print("HTTP", http.to_binary_event(event).headers["ce-urgent"])
print("structured", json.dumps(json.loads(kafka.to_structured_event(event).value)["urgent"]))
PYTHON
cat "$work/seen"
printf '%s\n' 'Kafka True' 'RabbitMQ True' 'HTTP True' 'structured true' | diff - "$work/seen"
echo 'seen with cloudevents 2.2.0'
