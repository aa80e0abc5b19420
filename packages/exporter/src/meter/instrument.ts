/** What all instruments of a run have in common: what may be measured, and where it is kept. */
import { type Attributes, ValueType } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Complaints } from './complaints.ts';
import type { InstrumentIdentity } from './instrument-identity.ts';
import { InstrumentState } from './instrument-state.ts';
import type { TimeSpan } from './metric-data.ts';

/** What an instrument needs from its run. */
export interface Recorder {
  readonly complaints: Complaints;
  /** Called after each measurement. */
  readonly measured: () => void;
  readonly callbacks: Callbacks;
}

/** The callbacks of observable instruments. */
export interface Callbacks {
  add(callback: unknown, instruments: unknown, invoke: Invoke): void;
  remove(callback: unknown, instruments: unknown): void;
}

/** Calls a callback with what takes its observations. */
export type Invoke = (observe: Observe) => unknown;

type Observe = (instrument: unknown, value: number, attributes?: Attributes) => void;

/** An instrument whose measurements can be taken as one metric of a batch. */
export interface Collectable {
  /** The metric since the last collect; `undefined` when nothing was measured. */
  collect(span: TimeSpan): MetricData | undefined;
}

/** Checks values, and holds what was measured since the last collect. */
export abstract class Instrument<Accumulation> {
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
    if (value < 0 && !isNegativeAllowed) return this.#refuse(value, '0 or more');
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
    const given = typeof value === 'number' ? `the value ${value}` : `a ${typeof value}`;
    this.recorder.complaints.add(`${this.identity.name}: ${given} was dropped; allowed: ${allowed}`);
    return undefined;
  }
}
