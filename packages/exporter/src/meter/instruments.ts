/**
 * The instruments of the OpenTelemetry API. Values are checked as the SDK checks them: what it drops is dropped here, but
 * counted and said.
 */
import type { Attributes, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { type Collectable, Instrument, type Recorder } from './instrument.ts';
import type { InstrumentIdentity } from './instrument-identity.ts';
import {
  gaugeData,
  type HistogramAccumulation,
  histogramData,
  type SumAccumulation,
  sumData,
  type TimeSpan,
} from './metric-data.ts';
import {
  type ObservableInstrument,
  ObservableLevel,
  ObservableSum,
} from './observables/observable-instruments.ts';

/** Each has what the API's interface of its kind has. */
export type AnyInstrument = SumInstrument | GaugeInstrument | HistogramInstrument | ObservableInstrument;

/** Creates the instrument of an identity. */
export function createInstrument(identity: InstrumentIdentity, recorder: Recorder): AnyInstrument {
  switch (identity.kind) {
    case 'counter':
    case 'updowncounter':
      return new SumInstrument(identity, recorder);
    case 'gauge':
      return new GaugeInstrument(identity, recorder);
    case 'histogram':
      return new HistogramInstrument(identity, recorder);
    case 'observablecounter':
      return new ObservableSum(identity, recorder);
    case 'observableupdowncounter':
    case 'observablegauge':
      return new ObservableLevel(identity, recorder);
  }
}

class SumInstrument extends Instrument<SumAccumulation> implements Counter, UpDownCounter, Collectable {
  readonly #isMonotonic: boolean;

  constructor(identity: InstrumentIdentity, recorder: Recorder) {
    super(identity, recorder, () => ({ value: 0 }));
    this.#isMonotonic = identity.kind === 'counter';
  }

  add(value: number, attributes?: Attributes): void {
    const valid = this.valid(value, !this.#isMonotonic);
    if (valid === undefined) return;
    const accumulation = this.state.of(attributes);
    const sum = accumulation.value + valid;
    if (this.fits(sum, valid)) accumulation.value = sum;
    this.recorder.measured();
  }

  collect(span: TimeSpan): MetricData | undefined {
    return sumData(this.identity, this.#isMonotonic, this.state.take(), span);
  }
}

class GaugeInstrument extends Instrument<SumAccumulation> implements Gauge, Collectable {
  constructor(identity: InstrumentIdentity, recorder: Recorder) {
    super(identity, recorder, () => ({ value: 0 }));
  }

  /** NaN says that there is no value any more; see `serializeBatches`. */
  record(value: number, attributes?: Attributes): void {
    const valid = Number.isNaN(value) ? value : this.valid(value, true);
    if (valid === undefined) return;
    this.state.of(attributes).value = valid;
    this.recorder.measured();
  }

  collect(span: TimeSpan): MetricData | undefined {
    return gaugeData(this.identity, this.state.take(), span);
  }
}

class HistogramInstrument extends Instrument<HistogramAccumulation> implements Histogram, Collectable {
  constructor(identity: InstrumentIdentity, recorder: Recorder) {
    super(identity, recorder, () => ({
      counts: new Array<number>(identity.bounds.length + 1).fill(0),
      count: 0,
      sum: 0,
      min: Infinity,
      max: -Infinity,
    }));
  }

  record(value: number, attributes?: Attributes): void {
    const valid = this.valid(value, false);
    if (valid === undefined) return;
    const accumulation = this.state.of(attributes);
    const sum = accumulation.sum + valid;
    if (!this.fits(sum, valid)) return;
    const bucket = bucketOf(this.identity.bounds, valid);
    accumulation.counts[bucket] = (accumulation.counts[bucket] ?? 0) + 1;
    accumulation.count += 1;
    accumulation.sum = sum;
    accumulation.min = Math.min(accumulation.min, valid);
    accumulation.max = Math.max(accumulation.max, valid);
    this.recorder.measured();
  }

  collect(span: TimeSpan): MetricData | undefined {
    return histogramData(this.identity, this.state.take(), span);
  }
}

/** The first bucket whose upper bound is not below the value; bounds are inclusive above. */
function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (bounds[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}
