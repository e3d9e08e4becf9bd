#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK) and cloudevents 2.2.0 (the Python SDK), HTTP in binary mode.
#
# The HTTP binding percent-encodes spaces, quotes, percent signs and all beyond ASCII in the headers of attributes (3.1.3.2). The Python SDK does
# so; the JavaScript SDK neither encodes nor decodes. A subject from Python arrives in JavaScript with the codes in it, a subject
# "50%25 off" from JavaScript arrives in Python as "50% off", and one in Greek Node's fetch refuses to send.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat >seen.cjs <<'NODE'
const { execFileSync } = require('node:child_process')
const { CloudEvent, HTTP } = require('cloudevents')
const python = (text, input) => execFileSync('venv/bin/python', ['-c', text], { input, encoding: 'utf8' }).trim()
const write = `
import sys, json
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent
event = CloudEvent({"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "subject": sys.stdin.read()}, {"n": 1})
print(json.dumps(http.to_binary_event(event).headers))`
const read = `
import sys, json
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent
print(http.from_binary_event(http.HTTPMessage(json.load(sys.stdin), b'{"n": 1}')).get_subject())`
for (const subject of ['paid', 'two words', '50%25 off']) {
  const { headers } = HTTP.binary(new CloudEvent({ id: '1', source: '/s', type: 't', subject, data: { n: 1 } }))
  const fromPython = { 'content-type': 'application/json', ...JSON.parse(python(write, subject)) }
  console.log(`${subject}: Python to JavaScript "${HTTP.toEvent({ headers: fromPython, body: '{}' }).subject}", ` +
    `JavaScript to Python "${python(read, JSON.stringify(headers))}"`)
}
const { headers } = HTTP.binary(new CloudEvent({ id: '1', source: '/s', type: 't', subject: 'α', data: { n: 1 } }))
try { new Headers(headers) } catch (error) { console.log(error.name) }
NODE
node seen.cjs >seen
cat seen
cat >expected <<'TEXT'
paid: Python to JavaScript "paid", JavaScript to Python "paid"
two words: Python to JavaScript "two%20words", JavaScript to Python "two words"
50%25 off: Python to JavaScript "50%2525%20off", JavaScript to Python "50% off"
TypeError
TEXT
diff expected seen
echo 'seen with cloudevents 10.0.0 and cloudevents 2.2.0'
