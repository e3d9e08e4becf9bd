#!/usr/bin/env bash
# py-amqp 5.4.2 (the transport of kombu and Celery) beside pika 1.4.4 and pamqp 4.0.1 (the codec of aio-pika).
#
# A timestamp in a header counts from 1970 in UTC. All three write it right; py-amqp reads it as a datetime without a zone, which Python takes
# for local time: outside UTC `.timestamp()` and `.astimezone()` give another moment. pika and pamqp give a datetime in UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check amqp==5.4.2 pika==1.4.4 pamqp==4.0.1
TZ=America/New_York "$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from datetime import datetime, timezone
from amqp.serialization import dumps, loads
from pamqp import decode
from pika import data

sent = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
table = dumps("F", [{"at": sent}])
for name, read in (
    ("py-amqp", loads("F", table, 0)[0][0]["at"]),
    ("pika", data.decode_table(table, 0)[0]["at"]),
    ("pamqp", decode.field_table(table)[1]["at"]),
):
    print(name, read, "hours apart:", (read.timestamp() - sent.timestamp()) / 3600)
PYTHON
cat "$work/seen"
printf '%s\n' 'py-amqp 2026-01-02 03:04:05 hours apart: 5.0' 'pika 2026-01-02 03:04:05+00:00 hours apart: 0.0' \
  'pamqp 2026-01-02 03:04:05+00:00 hours apart: 0.0' | diff - "$work/seen"
echo 'seen with py-amqp 5.4.2'
