#!/usr/bin/env bash
# @opentelemetry/otlp-transformer 0.301.1 (the serializers of the OTLP exporters for JavaScript), read by opentelemetry-proto 1.45.2.
#
# One span, two encodings: protobuf writes an attribute 1e300 as a double, JSON as `intValue`, since it has no fraction. No int64 holds
# it, so that the reader refuses the whole request, all other spans included; so it does with 2^63. NaN and Infinity are null in JSON
# (ProtoJSON: the texts "NaN" and "Infinity"), an attribute without a value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-proto==1.45.2 protobuf==7.36.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --legacy-peer-deps \
  @opentelemetry/otlp-transformer@0.301.1 @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/api@1.10.0
cat >write.mjs <<'NODE'
import { writeFileSync } from 'node:fs'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
for (const value of [5, 0.5, 1e300, 2 ** 63, NaN, Infinity]) {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.getTracer('t').startSpan('s', { attributes: { value } }).end()
  writeFileSync(`${value}.json`, JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans()))
  writeFileSync(`${value}.bin`, ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans()))
  console.log(value)
}
NODE
node write.mjs | venv/bin/python -c '
import json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

def value(request):
    held = request.resource_spans[0].scope_spans[0].spans[0].attributes[0].value
    kind = held.WhichOneof("value")
    return f"{kind} {getattr(held, kind)}" if kind else "no value"

for name in sys.stdin.read().split():
    protobuf = ExportTraceServiceRequest.FromString(open(f"{name}.bin", "rb").read())
    text = open(f"{name}.json").read()
    written = json.loads(text)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"][0]["value"]
    try:
        read = value(json_format.Parse(text, ExportTraceServiceRequest()))
    except json_format.ParseError:
        read = "refused"
    print(f"{name}: protobuf {value(protobuf)}, JSON {json.dumps(written)} {read}")' >seen
cat seen
cat >expected <<'TEXT'
5: protobuf int_value 5, JSON {"intValue": 5} int_value 5
0.5: protobuf double_value 0.5, JSON {"doubleValue": 0.5} double_value 0.5
1e+300: protobuf double_value 1e+300, JSON {"intValue": 1e+300} refused
9223372036854776000: protobuf double_value 9.223372036854776e+18, JSON {"intValue": 9223372036854776000} refused
NaN: protobuf double_value nan, JSON {"doubleValue": null} no value
Infinity: protobuf double_value inf, JSON {"doubleValue": null} no value
TEXT
diff expected seen
echo 'seen with @opentelemetry/otlp-transformer 0.301.1'
