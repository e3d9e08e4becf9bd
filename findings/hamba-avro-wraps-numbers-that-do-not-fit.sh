#!/usr/bin/env bash
# github.com/hamba/avro v2.31.0 (Avro for Go).
#
# A long of the message, read into a uint32, loses its upper bits with no error: 2**40 + 5 is read as 5, -1 as 4294967295. An int, read
# into an int8, as well: 300 is read as 44. Into an int32 the reader refuses every long, even a small one.
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
	long, whole := avro.MustParse(`"long"`), avro.MustParse(`"int"`)
	for _, number := range []int64{5, 1<<40 + 5, -1} {
		written, _ := avro.Marshal(long, number)
		var unsigned uint32
		err := avro.Unmarshal(long, written, &unsigned)
		var signed int32
		refused := avro.Unmarshal(long, written, &signed) != nil
		fmt.Println("long", number, "as uint32", unsigned, err, "int32 refused", refused)
	}
	written, _ := avro.Marshal(whole, 300)
	var small int8
	err := avro.Unmarshal(whole, written, &small)
	fmt.Println("int 300 as int8", small, err)
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/hamba/avro/v2@v2.31.0 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'long 5 as uint32 5 <nil> int32 refused true' 'long 1099511627781 as uint32 5 <nil> int32 refused true' \
  'long -1 as uint32 4294967295 <nil> int32 refused true' 'int 300 as int8 44 <nil>' | diff - seen
echo 'seen with hamba/avro v2.31.0'
