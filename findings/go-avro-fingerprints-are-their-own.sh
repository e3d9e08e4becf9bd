#!/usr/bin/env bash
# github.com/linkedin/goavro v2.15.0 and github.com/hamba/avro v2.31.0 beside fastavro 1.13.1.
#
# Avro's single-object encoding names the schema by the CRC-64-AVRO of its Parsing Canonical Form, which has no logical types, full
# names, and primitive types as words. goavro leaves {"type":"long"} of a logical type, gives bytes with a decimal the name "bytes.decimal" and
# keeps short names where a type is used again; hamba keeps the logical types. For a schema with a time, neither writes the fingerprint
# that other readers look up.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1
cd "$work"
cat >schemas.json <<'JSON'
[["plain", {"type": "record", "name": "a.R", "fields": [{"name": "t", "type": "long"}]}],
 ["time", {"type": "record", "name": "a.R", "fields": [{"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}],
 ["amounts", {"type": "map", "values": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}}],
 ["repeated", {"type": "record", "name": "a.R", "fields": [
   {"name": "x", "type": {"type": "enum", "name": "E", "symbols": ["A"]}}, {"name": "y", "type": {"type": "array", "items": "E"}}]}]]
JSON
cat >main.go <<'GO'
package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
)

func main() {
	text, _ := os.ReadFile("schemas.json")
	var schemas [][2]json.RawMessage
	if err := json.Unmarshal(text, &schemas); err != nil {
		panic(err)
	}
	for _, schema := range schemas {
		var name string
		json.Unmarshal(schema[0], &name)
		codec, err := goavro.NewCodec(string(schema[1]))
		if err != nil {
			panic(err)
		}
		fingerprint, err := avro.MustParse(string(schema[1])).FingerprintUsing(avro.CRC64AvroLE)
		if err != nil {
			panic(err)
		}
		fmt.Println(name, "goavro", hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, codec.Rabin)))
		fmt.Println(name, "hamba", hex.EncodeToString(fingerprint))
		fmt.Fprintln(os.Stderr, name, "goavro", codec.CanonicalSchema())
		fmt.Fprintln(os.Stderr, name, "hamba", avro.MustParse(string(schema[1])).String())
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/linkedin/goavro/v2@v2.15.0 github.com/hamba/avro/v2@v2.31.0 >/dev/null 2>&1
go run -mod=mod main.go >seen 2>forms
venv/bin/python >>seen -c '
import json
from fastavro.schema import fingerprint, to_parsing_canonical_form
for name, schema in json.load(open("schemas.json")):
    print(name, "fastavro", fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))'
cat forms
sort seen
of() { sed -n "s/^$1 $2 //p" seen; }
test "$(of plain goavro)" = "$(of plain fastavro)" && test "$(of plain hamba)" = "$(of plain fastavro)"
test "$(of time fastavro)" = "$(of plain fastavro)"
for name in time amounts; do
  test "$(of $name goavro)" != "$(of $name fastavro)" && test "$(of $name hamba)" != "$(of $name fastavro)"
done
test "$(of repeated goavro)" != "$(of repeated fastavro)" && test "$(of repeated hamba)" = "$(of repeated fastavro)"
echo 'seen with goavro v2.15.0 and hamba/avro v2.31.0'
