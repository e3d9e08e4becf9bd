#!/usr/bin/env bash
# github.com/rabbitmq/amqp091-go v1.16.0.
#
# An int is 64 bits wide in Go on today's machines. In the headers of a message amqp091-go writes it as a signed 32-bit integer (`I`) and
# drops the upper half, with no error: a time in milliseconds arrives as another number, 2^32 as 0. int64 of the same value is right.
# Written to a pipe, whose other end answers the handshake and reads the header frame.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"
)

func frame(channel uint16, payload []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{1}, channel)
	head = binary.BigEndian.AppendUint32(head, uint32(len(payload)))
	return append(append(head, payload...), 0xCE)
}

// Answers the methods that open a connection and a channel; gives the header frames to the channel.
func broker(side net.Conn, headers chan<- []byte) {
	io.ReadFull(side, make([]byte, 8))
	side.Write(frame(0, append([]byte{0, 10, 0, 10, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5}, "PLAIN\x00\x00\x00\x05en_US"...)))
	for {
		head := make([]byte, 7)
		if _, err := io.ReadFull(side, head); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(head[3:])+1)
		io.ReadFull(side, payload)
		switch {
		case head[0] == 2:
			headers <- payload
		case head[0] == 1 && payload[1] == 10 && payload[3] == 11:
			side.Write(frame(0, []byte{0, 10, 0, 30, 0, 0, 0, 2, 0, 0, 0, 0}))
		case head[0] == 1 && payload[1] == 10 && payload[3] == 40:
			side.Write(frame(0, []byte{0, 10, 0, 41, 0}))
		case head[0] == 1 && payload[1] == 20 && payload[3] == 10:
			side.Write(frame(1, []byte{0, 20, 0, 11, 0, 0, 0, 0}))
		}
	}
}

func main() {
	client, server := net.Pipe()
	headers := make(chan []byte, 1)
	go broker(server, headers)
	connection, err := amqp.Open(client, amqp.Config{SASL: []amqp.Authentication{&amqp.PlainAuth{}}, Vhost: "/"})
	if err != nil {
		panic(err)
	}
	channel, err := connection.Channel()
	if err != nil {
		panic(err)
	}
	for _, value := range []any{int(1767322945123), int64(1767322945123), int(1 << 32), int64(1 << 32)} {
		if err := channel.PublishWithContext(context.Background(), "", "q", false, false, amqp.Publishing{Headers: amqp.Table{"n": value}}); err != nil {
			panic(err)
		}
		// Class, weight, size of the body and flags are 14 bytes, the length of the table 4, the name 2.
		field := (<-headers)[20:]
		if field[0] == 'I' {
			fmt.Printf("%T %d is sent as %c %d\n", value, value, field[0], int32(binary.BigEndian.Uint32(field[1:])))
		} else {
			fmt.Printf("%T %d is sent as %c %d\n", value, value, field[0], int64(binary.BigEndian.Uint64(field[1:])))
		}
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/rabbitmq/amqp091-go@v1.16.0 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'int 1767322945123 is sent as I 2091386467' 'int64 1767322945123 is sent as l 1767322945123' \
  'int 4294967296 is sent as I 0' 'int64 4294967296 is sent as l 4294967296' | diff - seen
echo 'seen with amqp091-go v1.16.0'
