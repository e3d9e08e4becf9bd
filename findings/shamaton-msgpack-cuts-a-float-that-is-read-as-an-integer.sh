#!/usr/bin/env bash
# github.com/shamaton/msgpack/v2 v2.4.0 (MessagePack for Go).
#
# A double of the message, read into an int64, loses its fraction with no error: 1.99 is read as 1, -1.99 as -1. Read into a uint64 the
# same message is refused. vmihailenco/msgpack v5.4.1 and ugorji/go/codec v1.3.2 refuse both.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"

	shamaton "github.com/shamaton/msgpack/v2"
	"github.com/ugorji/go/codec"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	for _, amount := range []float64{1.99, -1.99} {
		written, _ := msgpack.Marshal(amount)
		var signed int64
		err := shamaton.Unmarshal(written, &signed)
		var unsigned uint64
		refused := shamaton.Unmarshal(written, &unsigned) != nil
		fmt.Println(amount, "shamaton int64", signed, err, "uint64 refused", refused)
		var other int64
		fmt.Println(amount, "vmihailenco refused", msgpack.Unmarshal(written, &other) != nil, "ugorji refused", codec.NewDecoderBytes(written, &codec.MsgpackHandle{}).Decode(&other) != nil)
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/shamaton/msgpack/v2@v2.4.0 github.com/vmihailenco/msgpack/v5@v5.4.1 github.com/ugorji/go/codec@v1.3.2 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' '1.99 shamaton int64 1 <nil> uint64 refused true' '1.99 vmihailenco refused true ugorji refused true' \
  '-1.99 shamaton int64 -1 <nil> uint64 refused true' '-1.99 vmihailenco refused true ugorji refused true' | diff - seen
echo 'seen with shamaton/msgpack v2.4.0, vmihailenco/msgpack v5.4.1 and ugorji/go/codec v1.3.2'
