#!/usr/bin/env bash
# github.com/hamba/avro v2.31.0 (Avro for Go).
#
# A number given for `time-millis` counts milliseconds when it is an int or an int32, and nanoseconds when it is an int64, because a
# time.Duration is one: 45000, three quarters of a minute, is sent as 45 s or as 0 s, by the type of the variable, with no error.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/hamba/avro/v2"
)

func main() {
	schema := avro.MustParse(`{"type": "int", "logicalType": "time-millis"}`)
	for _, number := range []any{int(45000), int32(45000), int64(45000)} {
		written, err := avro.Marshal(schema, number)
		var read any
		avro.Unmarshal(schema, written, &read)
		fmt.Printf("%T %v: %v %v\n", number, number, read, err)
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/hamba/avro/v2@v2.31.0 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'int 45000: 45s <nil>' 'int32 45000: 45s <nil>' 'int64 45000: 0s <nil>' | diff - seen
echo 'seen with hamba/avro v2.31.0'
