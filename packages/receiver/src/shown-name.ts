/** Under which names a metric may be shown. */
import { METRIC_FAMILIES, type MetricDefinition, type MetricFamily } from '@ephemetry/contract';
import type { ReceivedPoint } from './received-batch.ts';
import type { RefusalReason } from './refusals.ts';
import { shortList } from './shorten.ts';

type Kind = ReceivedPoint['kind'];

/** Histograms of one name with other bounds each. */
const VARIANT_LIMIT = 8;

/**
 * The names that a point may be shown under, the best first. Prometheus has one kind for each name; who comes later
 * with another kind is shown beside the first, not refused: who of the two is right nobody knows here.
 */
export function* shownNames({ kind, metric: { name } }: ReceivedPoint): Generator<string> {
  yield name;
  yield `${name}_${kind}`;
  for (let number = 2; number <= VARIANT_LIMIT; number += 1) yield `${name}_${kind}_${number}`;
}

/** A histogram `x` is shown as `x_bucket`, `x_sum` and `x_count`. */
export const HISTOGRAM_PARTS = ['bucket', 'sum', 'count'] as const;

/** The histogram that a name would be a part of. */
export function histogramOf(name: string): string | undefined {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return base === name ? undefined : base;
}

/** What the contract says of names: there it is known who is right. */
export class ContractNames {
  readonly #metrics: ReadonlyMap<string, MetricDefinition>;

  constructor(families: readonly MetricFamily[] = Object.values(METRIC_FAMILIES)) {
    const metrics = families.flatMap((family) => Object.values(family.metrics));
    this.#metrics = new Map(metrics.map((metric) => [metric.name, metric]));
  }

  has(name: string): boolean {
    return this.#metrics.has(name);
  }

  isHistogram(name: string): boolean {
    return this.#metrics.get(name)?.instrument === 'histogram';
  }

  /** Whether a gauge of this name is shown until there is a newer value. */
  lasts(name: string): boolean {
    return this.#metrics.get(name)?.life === 'lasts';
  }

  /** What is wrong with a point of a metric that the contract knows. */
  fault(point: ReceivedPoint): { readonly reason: RefusalReason; readonly message: string } | undefined {
    const metric = this.#metrics.get(point.metric.name);
    if (metric === undefined) return undefined;
    const kind = KINDS[metric.instrument];
    if (kind !== point.kind)
      return {
        reason: 'type_conflict',
        message: `this name belongs to a ${KIND_NAMES[kind]}, not a ${KIND_NAMES[point.kind]}; give yours another name`,
      };
    const { bounds = [] } = metric;
    if (point.kind !== 'histogram' || bounds.join() === point.bounds.join()) return undefined;
    return {
      reason: 'different_bounds',
      message: `this name belongs to a histogram with the bounds ${shortList(bounds)}, not ${shortList(point.bounds)}; give yours another name`,
    };
  }
}

const KINDS: Readonly<Record<MetricDefinition['instrument'], Kind>> = {
  counter: 'counter',
  updowncounter: 'updown',
  gauge: 'gauge',
  histogram: 'histogram',
};

/** Kinds as people call them. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  counter: 'monotonic sum',
  updown: 'sum that goes up and down',
  gauge: 'gauge',
  histogram: 'histogram',
};
