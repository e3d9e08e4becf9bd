#!/usr/bin/env bash
# opentelemetry-api 1.45.2 (Python) beside @opentelemetry/core 2.0.0 (JavaScript).
#
# An entry of the W3C header `baggage` may carry properties behind a semicolon. Python takes them for part of the value: the application
# reads `7;ttl=60`, and what is sent on has them encoded (`7%3Bttl%3D60`), so that every service behind it reads them as the value too.
# JavaScript gives the value and sends the properties on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-api==1.45.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @opentelemetry/core@2.0.0 @opentelemetry/api@1.9.0
venv/bin/python - >seen <<'PYTHON'
from opentelemetry.baggage import get_all
from opentelemetry.baggage.propagation import W3CBaggagePropagator

context = W3CBaggagePropagator().extract({"baggage": "tenant=7;ttl=60"})
sent = {}
W3CBaggagePropagator().inject(sent, context)
print("Python", get_all(context)["tenant"], sent["baggage"])
PYTHON
node -e '
const { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } = require("@opentelemetry/api")
const { W3CBaggagePropagator } = require("@opentelemetry/core")
const propagator = new W3CBaggagePropagator()
const context = propagator.extract(ROOT_CONTEXT, { baggage: "tenant=7;ttl=60" }, defaultTextMapGetter)
const sent = {}
propagator.inject(context, sent, defaultTextMapSetter)
console.log("JavaScript", propagation.getBaggage(context).getEntry("tenant").value, sent.baggage)
' >>seen
cat seen
printf '%s\n' 'Python 7;ttl=60 tenant=7%3Bttl%3D60' 'JavaScript 7 tenant=7;ttl=60' | diff - seen
echo 'seen with opentelemetry-api 1.45.2 and @opentelemetry/core 2.0.0'
