/** What the contract declares, ours and the gateway's: nothing else can be asked for. */
import {
  GATEWAY_METRICS,
  HOST_METRICS,
  METRIC_FAMILIES,
  type MetricFamily,
  SHARD_LABEL,
  STACK_METRICS,
  STORE_METRICS,
} from '@ephemetry/contract';

/** A metric of the contract, ours or the gateway's. */
export interface QueriedMetric<LabelName extends string = string> {
  readonly name: string;
  readonly instrument: string;
  readonly labels: readonly LabelName[];
  /** Whose samples these are, where others have a metric of the same name. */
  readonly job?: string | readonly string[];
}

const FAMILIES: readonly MetricFamily[] = Object.values(METRIC_FAMILIES);
const DECLARED: readonly QueriedMetric[] = [
  ...FAMILIES.flatMap(({ metrics }) => Object.values(metrics)),
  ...[GATEWAY_METRICS, STORE_METRICS, HOST_METRICS, STACK_METRICS].flatMap((metrics) =>
    Object.values<QueriedMetric>(metrics),
  ),
];

const OURS: ReadonlySet<string> = new Set(
  FAMILIES.flatMap(({ metrics }) => Object.values(metrics).map(({ name }) => name)),
);

/** Whether programs send it; what is not ours is the gateway's own. */
export function isOurs({ name }: QueriedMetric): boolean {
  return OURS.has(name);
}

/** Every label that some metric has for itself, those of Prometheus, and the gateway's own. */
export const DECLARED_LABELS: ReadonlySet<string> = new Set([
  ...DECLARED.flatMap(({ labels }) => labels),
  SHARD_LABEL,
  'le',
  'job',
  'instance',
  '__name__',
]);

/**
 * The compiler refuses most of this; a metric that was put together at run time comes this far.
 *
 * @returns the metric as the contract has it
 * @throws RangeError naming the metric or label, and those that are allowed
 */
export function declaredMetric(metric: QueriedMetric, labels: readonly string[]): QueriedMetric {
  // One name may be of several scrapes, as `up` is of every one.
  const [first, ...others] = DECLARED.filter(({ name }) => name === metric.name);
  const declared = others.find((other) => other === metric) ?? first;
  if (declared === undefined) {
    throw new RangeError(
      `no metric "${metric.name}" in the contract; allowed: ${[...new Set(DECLARED.map(({ name }) => name))].join(', ')}. Declare it in packages/contract/src.`,
    );
  }
  for (const label of labels) {
    if (declared.labels.includes(label)) continue;
    throw new RangeError(
      `${metric.name} has no label "${label}"; allowed: ${declared.labels.join(', ') || 'none'}. Declare it in packages/contract/src.`,
    );
  }
  return declared;
}
