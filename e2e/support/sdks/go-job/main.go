// A job with OpenTelemetry's SDK that says what it has exported, and ends as it is told: job RUN COUNT ENDING [unflushed].
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

var signals = map[string]syscall.Signal{
	"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL, "SIGABRT": syscall.SIGABRT, "SIGSEGV": syscall.SIGSEGV,
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	run, count, ending := os.Args[1], must(strconv.Atoi(os.Args[2])), os.Args[3]
	exporter := must(otlpmetrichttp.New(ctx))
	provider := sdk.NewMeterProvider(sdk.WithReader(sdk.NewPeriodicReader(exporter)))
	meter := provider.Meter("job")
	rows := must(meter.Int64Counter("job_rows_total"))
	seconds := must(meter.Float64Histogram("job_step_seconds", metric.WithExplicitBucketBoundaries(1, 5)))
	of := metric.WithAttributes(attribute.String("run", run))
	for range count {
		rows.Add(ctx, 1, of)
		seconds.Record(ctx, 3, of)
		if slices.Contains(os.Args, "unflushed") {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if err := provider.ForceFlush(ctx); err != nil {
			log.Fatal(err)
		}
		fmt.Println("exported")
	}
	fmt.Println("done")
	switch ending {
	case "exit":
		os.Exit(3)
	case "throw":
		panic("thrown")
	case "leave":
		syscall.Exit(4)
	case "memory":
		limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
			log.Fatal(err)
		}
		held := make([]byte, 1<<30)
		held[len(held)-1] = 1
	case "return":
		return
	default:
		if signal, isSignal := signals[ending]; isSignal {
			must(0, syscall.Kill(os.Getpid(), signal))
		}
		time.Sleep(10 * time.Minute)
	}
}
