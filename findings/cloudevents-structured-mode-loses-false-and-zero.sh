#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK) reads what cloudevents 2.2.0 (the Python SDK) wrote.
#
# The data of an event in structured mode may be any JSON value. Of false, 0 and the empty string the JavaScript SDK makes an event
# without data; true, 5 and [] arrive. The Python SDK writes and reads all of them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
venv/bin/python - >written <<'PYTHON'
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

for value in (False, 0, "", True, 5, []):
    event = CloudEvent({"id": "1", "source": "/a", "type": "t", "specversion": "1.0", "datacontenttype": "application/json"}, value)
    message = http.to_structured_event(event)
    assert http.from_structured_event(message).get_data() == value
    print(message.body.decode())
PYTHON
node -e '
const { readFileSync } = require("node:fs")
const { HTTP } = require("cloudevents")
for (const body of readFileSync("written", "utf8").trim().split("\n")) {
  const { data } = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body })
  console.log(JSON.stringify(JSON.parse(body).data), "read as", JSON.stringify(data))
}
' >seen
cat seen
printf '%s\n' 'false read as undefined' '0 read as undefined' '"" read as undefined' 'true read as true' '5 read as 5' '[] read as []' | diff - seen
echo 'seen with cloudevents 10.0.0 (npm)'
