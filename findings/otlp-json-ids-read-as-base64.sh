#!/usr/bin/env bash
# opentelemetry-proto 1.45.2 with protobuf 7.36.2.
#
# OTLP/JSON writes trace and span ids as hex digits. protobuf's own JSON reader takes the same file for the same classes without a
# word, but reads bytes fields as Base64, and hex digits happen to be Base64: ids of 16 and 8 bytes come out as 24 and 12 others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-proto==1.45.2 protobuf==7.36.2
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import json
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

span = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "orders publish"}
data = json_format.Parse(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), TracesData())
read = data.resource_spans[0].scope_spans[0].spans[0]
print(len(read.trace_id), len(read.span_id), read.trace_id.hex() == span["traceId"])
PYTHON
cat "$work/seen"
echo '24 12 False' | diff - "$work/seen"
echo 'seen with opentelemetry-proto 1.45.2 and protobuf 7.36.2'
