/**
 * The measurements of one instrument since the last batch, added up per attribute set. This is the hot path:
 * an `add` finds its cell and changes a number; memory grows with attribute sets, not with measurements.
 */
import type { Attributes } from '@opentelemetry/api';
import { attributesKey, keepValidAttributes } from './attributes.ts';
import type { Complaints } from './complaints.ts';

/** The specification's default limit of attribute sets: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits */
const CARDINALITY_LIMIT = 2000;
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** One attribute set with what was measured under it. */
export interface Cell<Accumulation> {
  readonly attributes: Attributes;
  readonly accumulation: Accumulation;
}

/** Owned by one instrument. */
export class InstrumentState<Accumulation> {
  readonly #create: () => Accumulation;
  readonly #complaints: Complaints;
  readonly #name: string;
  readonly #cells: Map<string, Cell<Accumulation>> = new Map();
  #bare: Cell<Accumulation> | undefined;
  #last: Cell<Accumulation> | undefined;
  #lastSize = 0;

  constructor(name: string, create: () => Accumulation, complaints: Complaints) {
    this.#name = name;
    this.#create = create;
    this.#complaints = complaints;
  }

  /** The accumulation of an attribute set, created when it is new. */
  of(attributes: Attributes | undefined): Accumulation {
    if (attributes === undefined || attributes === null) {
      this.#bare ??= this.#cell('', NO_ATTRIBUTES);
      return this.#bare.accumulation;
    }
    if (this.#last !== undefined && this.#isLast(attributes, this.#last.attributes))
      return this.#last.accumulation;
    return this.#find(attributes).accumulation;
  }

  /** All cells since the last take; the state starts anew. */
  take(): Cell<Accumulation>[] {
    const cells = [...this.#cells.values()];
    this.#cells.clear();
    this.#bare = undefined;
    this.#last = undefined;
    return cells;
  }

  /** Most programs measure the same set many times in a row; comparing is cheaper than making a key. */
  #isLast(attributes: Attributes, last: Attributes): boolean {
    let size = 0;
    for (const name in attributes) {
      const value = attributes[name];
      // A list may have been changed in place since.
      if (value !== last[name] || typeof value === 'object') return false;
      size += 1;
    }
    return size === this.#lastSize;
  }

  #find(attributes: Attributes): Cell<Accumulation> {
    const key = this.#tryKey(attributes);
    const cell = this.#cells.get(key) ?? this.#newCell(key, attributes);
    this.#last = cell;
    this.#lastSize = Object.keys(cell.attributes).length;
    return cell;
  }

  /** Values that cannot even be turned into text (symbols, cyclic objects) are dropped with the rest that OTLP cannot carry. */
  #tryKey(attributes: Attributes): string {
    try {
      return attributesKey(attributes);
    } catch {
      return attributesKey(keepValidAttributes(attributes).kept);
    }
  }

  #newCell(key: string, attributes: Attributes): Cell<Accumulation> {
    const { kept, dropped } = keepValidAttributes(attributes);
    if (dropped > 0) {
      this.#complaints.add(
        `${this.#name}: ${dropped} attribute values dropped; allowed are strings, finite numbers, booleans and lists of one of these`,
      );
    }
    if (this.#cells.size < CARDINALITY_LIMIT) return this.#cell(key, kept);
    this.#complaints.add(
      `${this.#name}: more than ${CARDINALITY_LIMIT} attribute sets in one batch; the rest is added up under otel.metric.overflow=true`,
    );
    return this.#cells.get('overflow') ?? this.#cell('overflow', OVERFLOW);
  }

  #cell(key: string, attributes: Attributes): Cell<Accumulation> {
    const cell = { attributes, accumulation: this.#create() };
    this.#cells.set(key, cell);
    return cell;
  }
}
