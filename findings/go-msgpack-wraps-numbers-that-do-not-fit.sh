#!/usr/bin/env bash
# github.com/vmihailenco/msgpack/v5 v5.4.1, github.com/shamaton/msgpack/v2 v2.4.0 and github.com/ugorji/go/codec v1.3.2 (MessagePack for Go).
#
# A field of a struct is narrower than the number of the message: vmihailenco and shamaton keep its lower bits and say nothing. 300 is
# read as the uint8 44, -1 as the uint64 18446744073709551615. ugorji refuses both, as encoding/json does for JSON.
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

type narrow struct{ Count uint8 }
type wide struct{ Count uint64 }

func main() {
	readers := []struct {
		name string
		read func([]byte, any) error
	}{
		{"vmihailenco", msgpack.Unmarshal},
		{"shamaton", func(data []byte, to any) error { return shamaton.Unmarshal(data, to) }},
		{"ugorji", func(data []byte, to any) error { return codec.NewDecoderBytes(data, &codec.MsgpackHandle{}).Decode(to) }},
	}
	for _, reader := range readers {
		large, _ := msgpack.Marshal(map[string]int{"Count": 300})
		negative, _ := msgpack.Marshal(map[string]int{"Count": -1})
		var first narrow
		refused := reader.read(large, &first) != nil
		fmt.Println(reader.name, "300 as uint8", first.Count, "refused", refused)
		var second wide
		refused = reader.read(negative, &second) != nil
		fmt.Println(reader.name, "-1 as uint64", second.Count, "refused", refused)
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/vmihailenco/msgpack/v5@v5.4.1 github.com/shamaton/msgpack/v2@v2.4.0 github.com/ugorji/go/codec@v1.3.2 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'vmihailenco 300 as uint8 44 refused false' 'vmihailenco -1 as uint64 18446744073709551615 refused false' \
  'shamaton 300 as uint8 44 refused false' 'shamaton -1 as uint64 18446744073709551615 refused false' \
  'ugorji 300 as uint8 0 refused true' 'ugorji -1 as uint64 0 refused true' | diff - seen
echo 'seen with vmihailenco/msgpack v5.4.1, shamaton/msgpack v2.4.0 and ugorji/go/codec v1.3.2'
