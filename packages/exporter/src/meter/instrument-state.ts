/**
 * The measurements of one instrument since the last batch, added up per attribute set. This is the hot path:
 * an `add` finds its cell and changes a number; memory grows with attribute sets, not with measurements.
 */
import type { Attributes } from '@opentelemetry/api';
import { AttributeTree } from './attribute-tree.ts';
import { attributesKey, keepValidAttributes } from './attributes.ts';
import type { Complaints } from './complaints.ts';

/** The specification's default, with the overflow set among them: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits */
export const CARDINALITY_LIMIT = 2000;
export const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
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
  /** One cell per set, whatever order its attributes came in: a batch must not hold two points of one series. */
  readonly #cells: Map<string, Cell<Accumulation>> = new Map();
  readonly #tree: AttributeTree<Cell<Accumulation>> = new AttributeTree();
  #bare: Cell<Accumulation> | undefined;

  constructor(name: string, create: () => Accumulation, complaints: Complaints) {
    this.#name = name;
    this.#create = create;
    this.#complaints = complaints;
  }

  /** The accumulation of an attribute set, created when it is new. */
  of(attributes: Attributes | undefined): Accumulation {
    if (attributes === undefined || attributes === null) return this.#withoutAttributes().accumulation;
    try {
      return this.#find(attributes).accumulation;
    } catch {
      this.sayUnreadable();
      return this.#withoutAttributes().accumulation;
    }
  }

  /** All cells since the last take; the state starts anew. */
  take(): Cell<Accumulation>[] {
    const cells = [...this.#cells.values()];
    this.#cells.clear();
    this.#tree.clear();
    this.#bare = undefined;
    return cells;
  }

  sayDropped(values: number): void {
    this.#complaints.add(
      `${this.#name}: dropped invalid attribute values (${values}); allowed: strings, finite numbers, booleans and lists of one of these`,
    );
  }

  sayUnreadable(): void {
    this.#complaints.add(
      `${this.#name}: reading the attributes threw an error; the value was recorded without attributes`,
    );
  }

  #withoutAttributes(): Cell<Accumulation> {
    this.#bare ??= this.#cell(NO_ATTRIBUTES);
    return this.#bare;
  }

  #find(attributes: Attributes): Cell<Accumulation> {
    const branch = this.#tree.branchOf(attributes);
    if (branch === undefined) return this.#cell(attributes);
    branch.leaf ??= this.#cell(attributes);
    return branch.leaf;
  }

  #cell(attributes: Attributes): Cell<Accumulation> {
    const { kept, dropped } = keepValidAttributes(attributes);
    if (dropped > 0) this.sayDropped(dropped);
    const key = attributesKey(kept);
    return this.#cells.get(key) ?? this.#newCell(key, kept);
  }

  #newCell(key: string, attributes: Attributes): Cell<Accumulation> {
    if (this.#cells.size < CARDINALITY_LIMIT - 1) return this.#addCell(key, attributes);
    this.#complaints.add(
      `${this.#name}: more than ${CARDINALITY_LIMIT - 1} attribute sets in one batch; the rest is added up under otel.metric.overflow=true`,
    );
    const overflow = attributesKey(OVERFLOW);
    return this.#cells.get(overflow) ?? this.#addCell(overflow, OVERFLOW);
  }

  #addCell(key: string, attributes: Attributes): Cell<Accumulation> {
    const cell = { attributes, accumulation: this.#create() };
    this.#cells.set(key, cell);
    return cell;
  }
}
