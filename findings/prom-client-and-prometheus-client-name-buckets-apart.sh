#!/usr/bin/env bash
# prom-client 15.1.3 (JavaScript) and prometheus_client 0.26.0 (Python), with the same buckets.
#
# The bound of a bucket is a label, compared as text. Python writes le="1.0", "1e+06" and "1e-05" where JavaScript writes "1", "1000000"
# and "0.00001", so that none of the three is the same label.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check prometheus_client==0.26.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund prom-client@15.1.3
node -e '
const { Histogram, Registry } = require("prom-client")
const registry = new Registry()
new Histogram({ name: "lag", help: "x", registers: [registry], buckets: [0.00001, 1, 2.5, 1000000] }).observe(2)
registry.metrics().then((text) => console.log("JavaScript", text.match(/le="[^"]*"/g).join(" ")))
' >seen
venv/bin/python - >>seen <<'PYTHON'
import re
from prometheus_client import CollectorRegistry, Histogram, generate_latest

registry = CollectorRegistry()
Histogram("lag", "x", buckets=[0.00001, 1, 2.5, 1000000], registry=registry).observe(2)
print("Python", *re.findall('le="[^"]*"', generate_latest(registry).decode()))
PYTHON
cat seen
printf '%s\n' 'JavaScript le="0.00001" le="1" le="2.5" le="1000000" le="+Inf"' 'Python le="1e-05" le="1.0" le="2.5" le="1e+06" le="+Inf"' | diff - seen
echo 'seen with prom-client 15.1.3 and prometheus_client 0.26.0'
