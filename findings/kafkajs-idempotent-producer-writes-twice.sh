#!/usr/bin/env bash
# kafkajs 2.2.4 with kafka brokers in memory (kfake of franz-go).
#
# One call of `send` of an idempotent producer writes a message twice. Its two messages go to two brokers: the first answers at once that
# it does not lead the partition any more, the second takes a second. kafkajs sends again what has no answer yet, to the second broker
# as well, with the next sequence number: the broker cannot know that it is a repetition.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
cat >main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(16, "orders"))
	if err != nil {
		panic(err)
	}
	defer c.Close()
	first := c.LeaderFor("orders", 0)
	var failed, slept atomic.Bool
	c.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if c.CurrentNode() == first && failed.CompareAndSwap(false, true) {
			asked := request.(*kmsg.ProduceRequest)
			answer := asked.ResponseKind().(*kmsg.ProduceResponse)
			for _, topic := range asked.Topics {
				of := kmsg.NewProduceResponseTopic()
				of.Topic = topic.Topic
				for _, partition := range topic.Partitions {
					one := kmsg.NewProduceResponseTopicPartition()
					one.Partition = partition.Partition
					one.ErrorCode = 6 // NOT_LEADER_OR_FOLLOWER
					of.Partitions = append(of.Partitions, one)
				}
				answer.Topics = append(answer.Topics, of)
			}
			return answer, nil, true
		}
		if c.CurrentNode() != first && slept.CompareAndSwap(false, true) {
			c.SleepControl(func() { time.Sleep(time.Second) })
		}
		return nil, nil, false
	})
	second := 0
	for c.LeaderFor("orders", int32(second)) == first {
		second++
	}
	fmt.Println(strings.Join(c.ListenAddrs(), ","), second)
	io.Copy(io.Discard, os.Stdin)
}
GO
export GOFLAGS=-mod=mod
go mod init finding 2>/dev/null
go get github.com/twmb/franz-go@v1.22.3 github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c github.com/twmb/franz-go/pkg/kmsg@v1.15.1 2>/dev/null
go build -o kfake .
node -e '
const { spawn } = require("node:child_process")
const { once } = require("node:events")
const { Kafka, logLevel } = require("kafkajs")
const cluster = spawn("./kfake", { stdio: ["pipe", "pipe", "inherit"] })
once(cluster.stdout, "data").then(async ([line]) => {
  const [brokers, second] = String(line).trim().split(" ")
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  const to = (partition) => ({ partition, value: "for partition " + partition })
  await producer.send({ topic: "orders", messages: [to(0), to(Number(second))] })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets("orders")
  const written = (partition) => ends.find((one) => one.partition === partition).high
  console.log("written of the first message", written(0))
  console.log("written of the second message", written(Number(second)))
  await admin.disconnect()
  cluster.stdin.end()
})
' >seen
cat seen
printf 'written of the first message 1\nwritten of the second message 2\n' | diff - seen
echo 'seen with kafkajs 2.2.4 and kfake of 2026-09-18'
