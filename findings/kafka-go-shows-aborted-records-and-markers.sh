#!/usr/bin/env bash
# github.com/segmentio/kafka-go v0.4.51 beside github.com/twmb/franz-go v1.22.3, both reading from franz-go's kfake.
#
# A Reader with IsolationLevel ReadCommitted gives the records of aborted transactions all the same, and for the end of every transaction a
# message of its own, whose value are the six bytes of the marker. Topics that a transactional producer writes to have both.
# The same is seen against Apache Kafka 4.1.1.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	must(err)
	defer cluster.Close()
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.TransactionalID("t"), kgo.DefaultProduceTopic("orders"))
	must(err)
	for _, one := range []struct {
		value string
		end   kgo.TransactionEndTry
	}{{"first", kgo.TryCommit}, {"aborted", kgo.TryAbort}, {"last", kgo.TryCommit}} {
		must(producer.BeginTransaction())
		must(producer.ProduceSync(ctx, kgo.StringRecord(one.value)).FirstErr())
		must(producer.EndTransaction(ctx, one.end))
	}
	consumer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("orders"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	must(err)
	for read := 0; read < 2; {
		consumer.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			fmt.Printf("franz-go %d %q\n", record.Offset, record.Value)
			read += 1
		})
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: cluster.ListenAddrs(), Topic: "orders", IsolationLevel: kafka.ReadCommitted})
	for read := 0; read < 6; read += 1 {
		message, err := reader.ReadMessage(ctx)
		must(err)
		fmt.Printf("kafka-go %d %q\n", message.Offset, message.Value)
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/segmentio/kafka-go@v0.4.51 github.com/twmb/franz-go@v1.22.3 \
  github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
cat >expected <<'TEXT'
franz-go 0 "first"
franz-go 4 "last"
kafka-go 0 "first"
kafka-go 1 "\x00\x00\x00\x00\x00\x00"
kafka-go 2 "aborted"
kafka-go 3 "\x00\x00\x00\x00\x00\x00"
kafka-go 4 "last"
kafka-go 5 "\x00\x00\x00\x00\x00\x00"
TEXT
diff expected seen
echo 'seen with kafka-go v0.4.51'
