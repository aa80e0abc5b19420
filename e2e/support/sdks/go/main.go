// A program as OpenTelemetry's documentation writes it: the endpoint, the temporality and the run id come from the environment.
package main

import (
	"context"
	"log"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	exporter := must(otlpmetrichttp.New(ctx))
	provider := sdk.NewMeterProvider(sdk.WithReader(sdk.NewPeriodicReader(exporter)))
	meter := provider.Meter("program")
	jobs := must(meter.Float64Counter("sdk_jobs_total"))
	seconds := must(meter.Float64Histogram("sdk_job_duration_seconds", metric.WithExplicitBucketBoundaries(1, 5)))
	running := must(meter.Int64UpDownCounter("sdk_running_jobs"))
	backlog := must(meter.Int64Gauge("sdk_backlog_jobs"))
	queue := metric.WithAttributes(attribute.String("queue.name", "q"))
	// Three exports of the same series: each carries what came since the one before it.
	for range 3 {
		for range 5 {
			jobs.Add(ctx, 1, queue)
		}
		jobs.Add(ctx, 0.5, metric.WithAttributes(attribute.String("queue.name", "other")))
		seconds.Record(ctx, 3, queue)
		running.Add(ctx, 1)
		backlog.Record(ctx, 7)
		if err := provider.ForceFlush(ctx); err != nil {
			log.Fatal(err)
		}
	}
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
