#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK) and cloudevents 2.2.0 (the Python SDK).
#
# Data that is a text, under datacontenttype application/json: in structured mode it is JSON, in binary mode both SDKs write it without
# quotes. The body `order 5` is no JSON, and a text that is JSON itself changes its type on the way: the text {"n":1} arrives as an object,
# but only in binary mode.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
node -e '
const { CloudEvent, HTTP } = require("cloudevents")
for (const data of ["order 5", JSON.stringify({ n: 1 })]) {
  const event = new CloudEvent({ id: "1", source: "/a", type: "t", datacontenttype: "application/json", data })
  const binary = HTTP.binary(event)
  const read = (message) => JSON.stringify(HTTP.toEvent(message).data)
  console.log("JavaScript", binary.body, "binary", read(binary), "structured", read(HTTP.structured(event)))
}
' >seen
venv/bin/python - >>seen <<'PYTHON'
import json
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

for data in ("order 5", json.dumps({"n": 1}, separators=(",", ":"))):
    event = CloudEvent({"id": "1", "source": "/a", "type": "t", "specversion": "1.0", "datacontenttype": "application/json"}, data)
    binary = http.to_binary_event(event)
    read = [json.dumps(http.from_http_event(message).get_data()) for message in (binary, http.to_structured_event(event))]
    read = [text.replace(" ", "") if "{" in text else text for text in read]
    print("Python", binary.body.decode(), "binary", read[0], "structured", read[1])
PYTHON
cat seen
cat >expected <<'TEXT'
JavaScript order 5 binary "order 5" structured "order 5"
JavaScript {"n":1} binary {"n":1} structured "{\"n\":1}"
Python order 5 binary "order 5" structured "order 5"
Python {"n":1} binary {"n":1} structured "{\"n\":1}"
TEXT
diff expected seen
echo 'seen with cloudevents 10.0.0 (npm) and 2.2.0 (PyPI)'
