/** A meter: makes instruments, and collects them into the metrics of its scope. */
import {
  type BatchObservableCallback,
  type Counter,
  createNoopMeter,
  type Gauge,
  type Histogram,
  type Meter,
  type MetricOptions,
  type Observable,
  type ObservableCounter,
  type ObservableGauge,
  type ObservableUpDownCounter,
  type UpDownCounter,
} from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { type InstrumentIdentity, identityOf } from './instrument-identity.ts';
import { complainOfDifferences, InstrumentNames } from './instrument-names.ts';
import { createInstrument, type Recorder } from './instruments.ts';
import type { TimeSpan } from './metric-data.ts';

/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

type AnyInstrument = ReturnType<typeof createInstrument>;

/** Name, version and schema of the instrumentation that measures. */
export type Scope = ScopeMetrics['scope'];

/** One scope of a run. */
export class EphemeralMeter implements Meter {
  readonly #scope: Scope;
  readonly #recorder: Recorder;
  readonly #names: InstrumentNames;
  readonly #instruments: Map<string, { identity: InstrumentIdentity; instrument: AnyInstrument }> = new Map();
  readonly #noop: Meter = createNoopMeter();

  constructor(scope: Scope, recorder: Recorder, names: InstrumentNames = new InstrumentNames()) {
    this.#scope = scope;
    this.#recorder = recorder;
    this.#names = names;
  }

  createCounter(name: string, options: MetricOptions = {}): Counter {
    const instrument = this.#instrument('counter', name, options);
    return instrument !== undefined && 'add' in instrument ? instrument : this.#noop.createCounter(name);
  }

  createUpDownCounter(name: string, options: MetricOptions = {}): UpDownCounter {
    const instrument = this.#instrument('updowncounter', name, options);
    return instrument !== undefined && 'add' in instrument
      ? instrument
      : this.#noop.createUpDownCounter(name);
  }

  createHistogram(name: string, options: MetricOptions = {}): Histogram {
    const instrument = this.#instrument('histogram', name, options);
    return instrument !== undefined && 'record' in instrument ? instrument : this.#noop.createHistogram(name);
  }

  createGauge(name: string, options: MetricOptions = {}): Gauge {
    const instrument = this.#instrument('gauge', name, options);
    return instrument !== undefined && 'record' in instrument ? instrument : this.#noop.createGauge(name);
  }

  createObservableCounter(name: string): ObservableCounter {
    this.#refuseObservable('counter', name, 'counter.add');
    return this.#noop.createObservableCounter(name);
  }

  createObservableUpDownCounter(name: string): ObservableUpDownCounter {
    this.#refuseObservable('up-down counter', name, 'upDownCounter.add');
    return this.#noop.createObservableUpDownCounter(name);
  }

  createObservableGauge(name: string): ObservableGauge {
    this.#refuseObservable('gauge', name, 'gauge.record');
    return this.#noop.createObservableGauge(name);
  }

  addBatchObservableCallback(_callback: BatchObservableCallback, _observables: Observable[]): void {}

  removeBatchObservableCallback(_callback: BatchObservableCallback, _observables: Observable[]): void {}

  /** All that this scope measured since the last collect. */
  collect(span: TimeSpan): ScopeMetrics | undefined {
    const metrics = [];
    for (const { instrument } of this.#instruments.values()) {
      const metric = instrument.collect(span);
      if (metric !== undefined) metrics.push(metric);
    }
    return metrics.length === 0 ? undefined : { scope: this.#scope, metrics };
  }

  #instrument(
    kind: InstrumentIdentity['kind'],
    name: string,
    options: MetricOptions,
  ): AnyInstrument | undefined {
    if (typeof name !== 'string' || !NAME.test(name)) {
      this.#recorder.complaints.add(
        `the instrument name "${String(name)}" is not allowed: a letter, then up to 254 letters, digits or _ . - /; it measures nothing`,
      );
      return undefined;
    }
    const identity = identityOf(kind, name, options, this.#recorder.complaints);
    if (!this.#names.admit(identity, this.#recorder.complaints)) return undefined;
    // What makes a stream for a receiver: a second point of one stream in a batch would be taken for a repeat.
    const key = JSON.stringify([name.toLowerCase(), identity.unit]);
    const known = this.#instruments.get(key);
    if (known !== undefined) {
      complainOfDifferences(known.identity, identity, this.#recorder.complaints);
      return known.instrument;
    }
    const instrument = createInstrument(identity, this.#recorder);
    this.#instruments.set(key, { identity, instrument });
    return instrument;
  }

  #refuseObservable(kind: string, name: string, instead: string): void {
    this.#recorder.complaints.add(
      `the observable ${kind} ${name} measures nothing: a dying process cannot await its callbacks; use ${instead}`,
    );
  }
}
