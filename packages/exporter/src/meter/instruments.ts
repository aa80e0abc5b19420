/**
 * The synchronous instruments of the OpenTelemetry API. Values are checked as the SDK checks them: what it
 * drops is dropped here, but counted and said.
 */
import {
  type Attributes,
  type Counter,
  type Gauge,
  type Histogram,
  type UpDownCounter,
  ValueType,
} from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Complaints } from './complaints.ts';
import type { InstrumentIdentity } from './instrument-identity.ts';
import { InstrumentState } from './instrument-state.ts';
import {
  gaugeData,
  type HistogramAccumulation,
  histogramData,
  type SumAccumulation,
  sumData,
  type TimeSpan,
} from './metric-data.ts';

/** What an instrument needs from its run. */
export interface Recorder {
  readonly complaints: Complaints;
  /** Called after each measurement. */
  readonly measured: () => void;
}

/** An instrument whose measurements can be taken as one metric of a batch. */
export interface Collectable {
  /** The metric since the last collect; `undefined` when nothing was measured. */
  collect(span: TimeSpan): MetricData | undefined;
}

/** Creates the instrument of an identity. */
export function createInstrument(
  identity: InstrumentIdentity,
  recorder: Recorder,
): Collectable & (SumInstrument | GaugeInstrument | HistogramInstrument) {
  switch (identity.kind) {
    case 'counter':
    case 'updowncounter':
      return new SumInstrument(identity, recorder);
    case 'gauge':
      return new GaugeInstrument(identity, recorder);
    case 'histogram':
      return new HistogramInstrument(identity, recorder);
  }
}

abstract class Instrument<Accumulation> {
  protected readonly identity: InstrumentIdentity;
  protected readonly state: InstrumentState<Accumulation>;
  protected readonly recorder: Recorder;
  readonly #isInteger: boolean;
  /** Past it an integer is not exact any more and then not an int64, and a double is no JSON number: either way a Collector would refuse the whole batch. */
  readonly #limit: number;

  constructor(identity: InstrumentIdentity, recorder: Recorder, create: () => Accumulation) {
    this.identity = identity;
    this.recorder = recorder;
    this.state = new InstrumentState(identity.name, create, recorder.complaints);
    this.#isInteger = identity.valueType === ValueType.INT;
    this.#limit = this.#isInteger ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
  }

  /** The value to record, or `undefined` when it cannot be measured. */
  protected valid(value: number, isNegativeAllowed: boolean): number | undefined {
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.#refuse(value, 'a finite number');
    if (value < 0 && !isNegativeAllowed) return this.#refuse(value, 'a number from 0 on');
    if (Math.abs(value) > this.#limit) return this.#refuse(value, `an integer up to ${this.#limit}`);
    if (!this.#isInteger || Number.isInteger(value)) return value;
    this.recorder.complaints.add(
      `${this.identity.name}: ${value} is not an integer; its fraction is cut off`,
    );
    return Math.trunc(value);
  }

  /** Whether a sum can take one more value and still be carried exactly. */
  protected fits(sum: number, value: number): boolean {
    if (Math.abs(sum) <= this.#limit) return true;
    this.#refuse(value, `a value that keeps the sum of a batch within ${this.#limit}`);
    return false;
  }

  #refuse(value: unknown, allowed: string): undefined {
    const given = typeof value === 'number' ? String(value) : `a ${typeof value}`;
    this.recorder.complaints.add(
      `${this.identity.name}: ${given} was measured, allowed is ${allowed}; dropped`,
    );
    return undefined;
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

  record(value: number, attributes?: Attributes): void {
    const valid = this.valid(value, true);
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
