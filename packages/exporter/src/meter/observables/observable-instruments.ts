/**
 * The observable instruments of the OpenTelemetry API. A callback tells what a value is; what is sent is what became of
 * it since the last time.
 */
import type { Attributes, Observable, ObservableCallback } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { attributesKey, keepValidAttributes } from '../attributes.ts';
import { type Collectable, Instrument, type Recorder } from '../instrument.ts';
import type { InstrumentIdentity } from '../instrument-identity.ts';
import { gaugeData, type SumAccumulation, sumData, type TimeSpan } from '../metric-data.ts';
import { CumulativeValues } from './cumulative-values.ts';
import type { Observation } from './observations.ts';

/** What counts since the machine's boot, which no run may claim: https://opentelemetry.io/docs/specs/semconv/system/system-metrics/ */
const SINCE_BOOT = /^system\./i;

/** An instrument whose values callbacks observe. */
export abstract class ObservableInstrument
  extends Instrument<SumAccumulation>
  implements Observable, Collectable
{
  constructor(identity: InstrumentIdentity, recorder: Recorder) {
    super(identity, recorder, () => ({ value: 0 }));
  }

  addCallback(callback: ObservableCallback): void {
    this.recorder.callbacks.add(callback, [this], (observe) =>
      callback({ observe: (value, attributes) => observe(this, value, attributes) }),
    );
  }

  removeCallback(callback: ObservableCallback): void {
    this.recorder.callbacks.remove(callback, [this]);
  }

  name(): string {
    return this.identity.name;
  }

  /** Whether it is of the meter provider that has these callbacks. */
  isOf(callbacks: unknown): boolean {
    return this.recorder.callbacks === callbacks;
  }

  /** What can be kept of what a callback passed; `undefined` when the value is none. */
  observation(value: number, attributes: Attributes | undefined): Observation | undefined {
    const valid = this.validObservation(value);
    if (valid === undefined) return undefined;
    const kept = this.#keep(attributes);
    return { value: valid, attributes: kept, key: attributesKey(kept) };
  }

  /** Takes what one call observed into the next batch. */
  abstract take(observations: readonly Observation[]): void;

  abstract collect(span: TimeSpan): MetricData | undefined;

  protected abstract validObservation(value: number): number | undefined;

  #keep(attributes: Attributes | undefined): Attributes {
    try {
      const { kept, dropped } = keepValidAttributes(attributes ?? {});
      if (dropped > 0) this.state.sayDropped(dropped);
      return kept;
    } catch {
      this.state.sayUnreadable();
      return {};
    }
  }
}

/** Sent as deltas. */
export class ObservableSum extends ObservableInstrument {
  readonly #values: CumulativeValues;

  constructor(identity: InstrumentIdentity, recorder: Recorder) {
    super(identity, recorder);
    this.#values = new CumulativeValues(identity.name, SINCE_BOOT.test(identity.name), recorder.complaints);
  }

  override take(observations: readonly Observation[]): void {
    for (const { attributes, increase } of this.#values.increases(observations)) {
      const accumulation = this.state.of(attributes);
      const sum = accumulation.value + increase;
      if (this.fits(sum, increase)) accumulation.value = sum;
    }
  }

  override collect(span: TimeSpan): MetricData | undefined {
    return sumData(this.identity, true, this.state.take(), span);
  }

  protected override validObservation(value: number): number | undefined {
    return this.valid(value, false);
  }
}

/** A gauge, or an up-down counter: the value as it was observed last. Deltas of a level would leave it standing after the run. */
export class ObservableLevel extends ObservableInstrument {
  override take(observations: readonly Observation[]): void {
    for (const { attributes, value } of observations) this.state.of(attributes).value = value;
  }

  override collect(span: TimeSpan): MetricData | undefined {
    return gaugeData(this.identity, this.state.take(), span);
  }

  /** Usual instrumentation divides by a time that may be 0: what is not finite is not a value yet. */
  protected override validObservation(value: number): number | undefined {
    return typeof value === 'number' && !Number.isFinite(value) ? undefined : this.valid(value, true);
  }
}
