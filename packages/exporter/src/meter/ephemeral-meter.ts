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
import { textOf } from '../text-of.ts';
import type { Recorder } from './instrument.ts';
import { type InstrumentIdentity, identityOf } from './instrument-identity.ts';
import { INSTRUMENT_NAME_RULE, isInstrumentName } from './instrument-name.ts';
import { complainOfDifferences, InstrumentNames } from './instrument-names.ts';
import { type AnyInstrument, createInstrument } from './instruments.ts';
import type { TimeSpan } from './metric-data.ts';

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

  createObservableCounter(name: string, options: MetricOptions = {}): ObservableCounter {
    return this.#observable('observablecounter', name, options);
  }

  /** Its value is sent as a gauge's: deltas of a level would leave it standing after the run. */
  createObservableUpDownCounter(name: string, options: MetricOptions = {}): ObservableUpDownCounter {
    return this.#observable('observableupdowncounter', name, options);
  }

  createObservableGauge(name: string, options: MetricOptions = {}): ObservableGauge {
    return this.#observable('observablegauge', name, options);
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#recorder.callbacks.add(callback, observables, (observe) => callback({ observe }));
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#recorder.callbacks.remove(callback, observables);
  }

  /** All that this scope measured since the last collect. */
  collect(span: TimeSpan): ScopeMetrics | undefined {
    const metrics = [];
    for (const { instrument } of this.#instruments.values()) {
      const metric = instrument.collect(span);
      if (metric !== undefined) metrics.push(metric);
    }
    return metrics.length === 0 ? undefined : { scope: this.#scope, metrics };
  }

  #observable(kind: InstrumentIdentity['kind'], name: string, options: MetricOptions): Observable {
    const instrument = this.#instrument(kind, name, options);
    return instrument !== undefined && 'addCallback' in instrument
      ? instrument
      : this.#noop.createObservableGauge(name);
  }

  #instrument(
    kind: InstrumentIdentity['kind'],
    name: string,
    options: MetricOptions,
  ): AnyInstrument | undefined {
    if (typeof name !== 'string' || !isInstrumentName(name)) {
      this.#recorder.complaints.add(
        `the instrument name "${textOf(name)}" is invalid; allowed: ${INSTRUMENT_NAME_RULE}. Nothing is recorded for it`,
      );
      return undefined;
    }
    const identity = identityOf(kind, name, options, this.#recorder.complaints);
    if (!this.#names.admit(identity, this.#recorder.complaints)) return undefined;
    // What makes a stream for a receiver: a second point of one stream in a batch would be taken for a repeat.
    const key = `${name.toLowerCase()} ${identity.unit}`;
    const known = this.#instruments.get(key);
    if (known !== undefined) {
      complainOfDifferences(known.identity, identity, this.#recorder.complaints);
      return known.instrument;
    }
    const instrument = createInstrument(identity, this.#recorder);
    this.#instruments.set(key, { identity, instrument });
    return instrument;
  }
}
