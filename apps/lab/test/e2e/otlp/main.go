// The OTLP receiver of the OpenTelemetry Collector on an address; it tells what it takes, a line each.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	http := map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": os.Args[1]}}}
	check(confmap.NewFromStringMap(http).Unmarshal(config))
	taken, err := consumer.NewTraces(func(_ context.Context, traces ptrace.Traces) error {
		fmt.Println("spans", traces.SpanCount())
		return nil
	})
	check(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	receiver, err := factory.CreateTraces(ctx, receivertest.NewNopSettings(factory.Type()), config, taken)
	check(err)
	check(receiver.Start(ctx, componenttest.NewNopHost()))
	fmt.Println("listening")
	<-ctx.Done()
	check(receiver.Shutdown(context.Background()))
}
