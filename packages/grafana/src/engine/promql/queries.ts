/**
 * The few shapes of PromQL that are right for totals which arrive in jumps, minutes or days apart:
 * increases over windows, shares of them, quantiles of them, and the latest value of a gauge.
 * A metric or label that the contract does not declare cannot be named.
 */
import { type METRIC_FAMILIES, SHARD_LABEL } from '@ephemetry/contract';
import { declaredMetric, isOurs, type QueriedMetric } from './declared-metrics.ts';

/** Labels to their value, to several patterns of which one must match, or to some of which none may. */
type Where<LabelName extends string> = {
  readonly [Name in LabelName]?: Wanted;
};
type Wanted = string | readonly string[] | { readonly noneOf: readonly string[] };

/** What narrows every series of a dashboard or an alert, beyond what a query asks for itself. */
export interface Scope {
  /** The label that tells clusters apart; queries may group by it. */
  readonly clusterLabel: string;
  /** Label to the dashboard variable that it is matched against, wherever a metric has it; the cluster's is everywhere. */
  readonly variables: Readonly<Record<string, string>>;
  /** What answers. @default 'prometheus' */
  readonly store?: MetricStore;
}

/**
 * Where the metrics of the contract are: as totals that rise, in Prometheus or Amazon Managed Service for Prometheus; or
 * as deltas, each a sample dated when it was measured, in VictoriaMetrics. The gateway's own are totals in both.
 */
export const METRIC_STORES = ['prometheus', 'victoria-metrics'] as const;
/** One of them. */
export type MetricStore = (typeof METRIC_STORES)[number];

/** Which increase. */
interface IncreaseOf<LabelName extends string> {
  /** A PromQL duration, or a Grafana variable such as `$__range`. */
  readonly window: string;
  /** @default every series of the scope */
  readonly where?: Where<LabelName>;
  /**
   * Labels that stay apart. `'cluster'` stands for the scope's cluster label, `'shard'` is on every series of one gateway
   * of several. @default none: one sum
   */
  readonly by?: readonly (LabelName | 'cluster' | typeof SHARD_LABEL)[];
  /** How far back. @default now */
  readonly offset?: string | undefined;
}

/** Queries within one scope. Labels are those of the metric: what a query asks for does not widen them (`NoInfer`). */
export interface Queries {
  /** What answers them. */
  readonly store: MetricStore;
  /** How much a counter grew. A histogram counts its observations. */
  increase<LabelName extends string>(
    metric: QueriedMetric<LabelName>,
    of: IncreaseOf<NoInfer<LabelName>>,
  ): string;
  /**
   * The same for a counter of the Collector, which may not exist before its first event and begins with it: what was
   * not there in the window before counts whole. Only a first value that is followed by a restart within the window
   * is not counted.
   */
  increaseOrFirst<LabelName extends string>(
    metric: QueriedMetric<LabelName>,
    of: Omit<IncreaseOf<NoInfer<LabelName>>, 'offset'>,
  ): string;
  /** A quantile of a histogram; no sample where nothing was observed, instead of NaN. */
  quantile<LabelName extends string>(
    quantile: number,
    metric: QueriedMetric<LabelName>,
    of: IncreaseOf<NoInfer<LabelName>>,
  ): string;
  /**
   * One total in proportion to another; no sample where the other is 0, so that a board says that there is nothing
   * instead of 0 % or NaN. The two must have the same labels.
   */
  share(part: string, whole: string): string;
  /** How many series a family of the contract has. */
  seriesCount(family: keyof typeof METRIC_FAMILIES): string;
  /** The series themselves, for gauges. */
  series<LabelName extends string>(
    metric: QueriedMetric<LabelName>,
    where?: Where<NoInfer<LabelName>>,
  ): string;
}

/** @throws RangeError from each query whose metric or label the contract does not declare */
export function createQueries(scope: Scope): Queries {
  const scoped = (labels: readonly string[]): readonly string[] =>
    Object.entries(scope.variables)
      .filter(([label]) => label === scope.clusterLabel || labels.includes(label))
      .map(([label, variable]) => `${label}=~"$${variable}"`);
  const selector = (
    metric: QueriedMetric,
    where: Where<string> | undefined,
    suffix: '' | '_count' | '_bucket' = '',
  ): string => {
    const { job } = declaredMetric(metric, Object.keys(where ?? {}));
    const matchers = [
      ...(job === undefined ? [] : [matcher('job', job)]),
      ...scoped(metric.labels),
      ...Object.entries(where ?? {}).map(([label, wanted]) => matcher(label, wanted)),
    ];
    return `${metric.name}${suffix}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}`;
  };
  const grouped = (metric: QueriedMetric, by: readonly string[] | undefined, more: string[] = []): string => {
    const wanted = (by ?? []).filter((label) => label !== 'cluster' && label !== SHARD_LABEL);
    declaredMetric(metric, wanted);
    const labels = [
      ...more,
      ...(by ?? []).map((label) => (label === 'cluster' ? scope.clusterLabel : label)),
    ];
    return labels.length === 0 ? 'sum' : `sum by (${labels.join(', ')}) `;
  };
  const { store = 'prometheus' } = scope;
  const holdsDeltas = store === 'victoria-metrics';
  const range = ({ window, offset }: IncreaseOf<string>): string =>
    `[${holdsDeltas ? ofOneStep(window) : window}]${offset === undefined ? '' : ` offset ${offset}`}`;
  const grown = (
    metric: QueriedMetric,
    of: IncreaseOf<string>,
    suffix: '' | '_count' | '_bucket',
  ): string => {
    const over = holdsDeltas && isOurs(metric) ? 'sum_over_time' : 'increase';
    return `${over}(${selector(metric, of.where, suffix)}${range(of)})`;
  };

  const increase: Queries['increase'] = (metric, of) => {
    const suffix = metric.instrument === 'histogram' ? '_count' : '';
    return `${grouped(metric, of.by)}(${grown(metric, of, suffix)})`;
  };
  return {
    store,
    increase,
    increaseOrFirst: (metric, of) => {
      // There increase() has the first value by itself.
      if (holdsDeltas) return increase(metric, of);
      const series = selector(metric, of.where);
      // What was as high in the window before is not news after a gap in the samples; what was higher began again.
      const before = `last_over_time(${series}[${of.window}] offset ${of.window})`;
      // With samples on both sides of a restart, increase() has what came before it too.
      const first = `(${series} unless ${before} <= ${series} unless resets(${series}[${of.window}]) > 0)`;
      return `${grouped(metric, of.by)}(${first} or increase(${series}[${of.window}]))`;
    },
    quantile: (quantile, metric, of) => {
      const buckets = `${grouped(metric, of.by, ['le'])}(${grown(metric, of, '_bucket')})`;
      return `histogram_quantile(${quantile}, ${buckets}) and ${increase(metric, of)} > 0`;
    },
    // A series of deltas that nothing was added to does not exist: its whole is still counted.
    share: (part, whole) => `${holdsDeltas ? `(${part} or ${whole} * 0)` : part} / (${whole} > 0)`,
    seriesCount: (family) => {
      const series = `{${[`__name__=~"${family}_.+"`, ...scoped([])].join(',')}}`;
      return holdsDeltas ? `count(last_over_time(${series}[1d]))` : `count (${series})`;
    },
    series: (metric, where) => selector(metric, where),
  };
}

/** With totals a window is a scrape longer than a step; a delta in two windows would be counted twice. */
function ofOneStep(window: string): string {
  return window === '$__rate_interval' ? '$__interval' : window;
}

function matcher(label: string, wanted: Wanted = []): string {
  if (typeof wanted === 'string') return `${label}=${JSON.stringify(wanted)}`;
  if ('noneOf' in wanted) return `${label}!~${JSON.stringify(wanted.noneOf.join('|'))}`;
  return `${label}=~${JSON.stringify(wanted.join('|'))}`;
}
