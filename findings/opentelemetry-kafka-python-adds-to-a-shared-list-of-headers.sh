#!/usr/bin/env bash
# opentelemetry-instrumentation-kafka-python 0.66b1 with kafka-python 3.0.12.
#
# The producer's trace header is appended to the list of headers that the caller gave, and what reads it takes the first. A list that is
# used for every message grows by one `traceparent` a message, and all of them belong to the first trace. So does a message that is sent
# on with the headers it came with: its consumer is no part of the trace that sent it. Only `send` itself is replaced here.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-instrumentation-kafka-python==0.66b1 \
  opentelemetry-sdk==1.45.1 kafka-python==3.0.12
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import kafka
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.kafka import KafkaInstrumentor
from opentelemetry.instrumentation.kafka.utils import _kafka_getter
from opentelemetry.sdk.trace import TracerProvider

sent = []
kafka.KafkaProducer.send = lambda self, topic, value=None, key=None, headers=None: sent.append(list(headers))
provider = TracerProvider()
KafkaInstrumentor().instrument(tracer_provider=provider)
producer = object.__new__(kafka.KafkaProducer)
producer.config = {"bootstrap_servers": ["localhost:9092"]}
HEADERS = [("app", b"billing")]
traces = []
for value in (b"1", b"2", b"3"):
    with provider.get_tracer("t").start_as_current_span("request") as span:
        traces.append(span.get_span_context().trace_id)
        producer.send("orders", value, headers=HEADERS)
for number, headers in enumerate(sent):
    read = trace.get_current_span(propagate.extract(headers, getter=_kafka_getter)).get_span_context().trace_id
    names = [name for name, _ in headers]
    print(f"message {number + 1}: {names.count('traceparent')} traceparent, read as trace {traces.index(read) + 1}")
print("the caller's list:", len(HEADERS))
PYTHON
cat "$work/seen"
printf '%s\n' 'message 1: 1 traceparent, read as trace 1' 'message 2: 2 traceparent, read as trace 1' 'message 3: 3 traceparent, read as trace 1' \
  "the caller's list: 4" | diff - "$work/seen"
echo 'seen with opentelemetry-instrumentation-kafka-python 0.66b1'
